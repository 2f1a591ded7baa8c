"""Which films' master data is due."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType

from include.kofic.calendar import seoul_date

MASTER_DATA_VALID_DAYS = 30
"""Master data drifts slowly: 13 of 1,860 titles of one year changed within a year."""

UNREADABLE_LOOKBACK_DAYS = 2 * MASTER_DATA_VALID_DAYS + 1
"""How far back unreadable replies about films are looked up: the last two determine the pause before the next request."""


def films_due(
    charting: Iterable[str],
    held: Mapping[str, datetime],
    now: datetime,
    unreadable: Mapping[str, Sequence[datetime]] = MappingProxyType({}),
) -> tuple[str, ...]:
    """The charting films whose master data is missing or older than 30 days, in the order of their codes.

    `held` gives when each film was last fetched, whether the API knew it or not; older entries may be missing.
    `unreadable` gives when its replies could not be parsed since then, oldest first. Such a film is requested again on the
    next day, and then after twice the last pause, at most 30 days.
    """
    oldest = datetime.min.replace(tzinfo=UTC)

    def is_due(code: str) -> bool:
        last = held.get(code, oldest)
        failed = [seoul_date(moment) for moment in unreadable.get(code, ()) if moment > last]
        pause = min(2 * (failed[-1] - failed[-2]).days, MASTER_DATA_VALID_DAYS) if len(failed) > 1 else 1
        return (now - last).days >= MASTER_DATA_VALID_DAYS and not (
            failed and (seoul_date(now) - failed[-1]).days < max(pause, 1)
        )

    return tuple(sorted(code for code in set(charting) if is_due(code)))
