"""The simulator's clock: Korean time, real or set."""

from datetime import datetime, timedelta, timezone

KST = timezone(timedelta(hours=9), "KST")
"""Korea Standard Time; Korea has had no summer time in the years served."""


class Clock:
    """The time in KST.

    Once set, it stands still (choice: a test then sees one capture moment) until it is set again or released.
    """

    def __init__(self) -> None:
        self._fixed: datetime | None = None

    def set(self, moment: datetime | None) -> None:
        """Stop the clock at an aware `moment`, or let it run in real time again with None."""
        self._fixed = None if moment is None else moment.astimezone(KST)

    def now(self) -> datetime:
        """The time in KST."""
        return self._fixed or datetime.now(KST)
