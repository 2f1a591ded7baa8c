"""The number of calls a key may make in a day.

When the real count resets is not known; here it resets at midnight KST (choice).
"""

from datetime import date


class Quota:
    """Counts the calls of each key (by its place in the list of keys) in one KST day."""

    def __init__(self, daily_calls: int) -> None:
        self.daily_calls = daily_calls
        self._day: date | None = None
        self._used: dict[int, int] = {}

    def _turn_to(self, day: date) -> None:
        if day != self._day:
            self._day, self._used = day, {}

    def take(self, key_index: int, day: date) -> bool:
        """Count a call of this key; False if its calls of the day are used up."""
        self._turn_to(day)
        used = self._used.get(key_index, 0)
        if used >= self.daily_calls:
            return False
        self._used[key_index] = used + 1
        return True

    def set_used(self, key_count: int, used: int, day: date) -> None:
        """Say that every key has made `used` calls on `day`."""
        self._turn_to(day)
        self._used = dict.fromkeys(range(key_count), used)

    def used(self, day: date) -> dict[int, int]:
        """The calls counted on `day`, by key index."""
        self._turn_to(day)
        return dict(self._used)
