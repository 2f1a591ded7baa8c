"""Which films' master data is due."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType

from include.kofic.calendar import seoul_date

MASTER_DATA_LASTS_DAYS = 30
"""Master data drifts slowly: 13 of 1,860 titles of one year changed within a year."""

UNREADABLE_COUNTS_DAYS = 2 * MASTER_DATA_LASTS_DAYS + 1
"""How far back unreadable replies about films are looked for: the last two of them tell the pause before the next question."""


def films_to_ask(
    charting: Iterable[str],
    held: Mapping[str, datetime],
    now: datetime,
    unreadable: Mapping[str, Sequence[datetime]] = MappingProxyType({}),
) -> tuple[str, ...]:
    """The charting films whose master data is missing or older than 30 days, in the order of their codes.

    `held` gives the moment each film was last answered for, whether the API knew it or not; it may leave out what is older.
    `unreadable` gives the moments since then, or more, at which the answer could not be read, oldest first. Such a film is
    asked for again on the next day, and then after twice the last pause, after 30 days at most.
    """
    oldest = datetime.min.replace(tzinfo=UTC)

    def is_due(code: str) -> bool:
        last = held.get(code, oldest)
        failed = [seoul_date(moment) for moment in unreadable.get(code, ()) if moment > last]
        pause = min(2 * (failed[-1] - failed[-2]).days, MASTER_DATA_LASTS_DAYS) if len(failed) > 1 else 1
        return (now - last).days >= MASTER_DATA_LASTS_DAYS and not (
            failed and (seoul_date(now) - failed[-1]).days < max(pause, 1)
        )

    return tuple(sorted(code for code in set(charting) if is_due(code)))
