"""The date rules: which days can be requested, and which days a run requests. Every date is an Asia/Seoul date."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from include.kofic.errors import BadSetting

SEOUL = ZoneInfo("Asia/Seoul")

FIRST_DAY = date(2003, 11, 11)
"""The first day of KOFIC's daily series on its web site; the API's own lower bound is not confirmed."""

TRAILING_DAYS = 7
"""A scheduled run fetches this many days again: a day is revised for hours after midnight, and rarely for days."""

WEEK_PARTS: Mapping[str, tuple[int, int]] = MappingProxyType({"0": (0, 6), "1": (4, 6), "2": (0, 3)})
"""KOFIC's `weekGb`: the week from Monday to Sunday, its weekend from Friday to Sunday, its days from Monday to Thursday."""

PUBLISHED_BY = time(11, 30)
"""In Seoul: an hour after a scheduled run begins, yesterday must be in the published tables."""


@dataclass(frozen=True)
class DayRange:
    """Target dates from `first` to `last`, both included (Asia/Seoul)."""

    first: date
    last: date

    def __iter__(self) -> Iterator[date]:
        return (self.first + timedelta(days=n) for n in range(len(self)))

    def __len__(self) -> int:
        return (self.last - self.first).days + 1

    def __str__(self) -> str:
        return f"{self.first}..{self.last}"

    def chunks(self, days: int) -> tuple["DayRange", ...]:
        """The range cut into runs of at most `days` days, oldest first."""
        starts = (self.first + timedelta(days=n) for n in range(0, len(self), days))
        return tuple(DayRange(start, min(start + timedelta(days=days - 1), self.last)) for start in starts)


def seoul_date(moment: datetime) -> date:
    """The date in Seoul at a moment that has a time zone."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone has no date in Seoul")
    return moment.astimezone(SEOUL).date()


def midnight(day: date) -> datetime:
    """The moment at which a day begins in Seoul."""
    return datetime.combine(day, time.min, SEOUL)


def yesterday(now: datetime) -> date:
    """The newest day that KOFIC can have figures for: a day is served from 00:30 KST of the next."""
    return seoul_date(now) - timedelta(days=1)


def due(now: datetime) -> date:
    """The newest day that has to be published by now: yesterday from 11:30 in Seoul on, until then the day before it."""
    newest = yesterday(now)
    return newest if now.astimezone(SEOUL).time() >= PUBLISHED_BY else newest - timedelta(days=1)


def validated(first: date, last: date, now: datetime) -> DayRange:
    """The range, if the API can be queried for it.

    Raises:
        BadSetting: reversed, before the series begins, or beyond yesterday (KST); the message says what to give instead.
    """
    if first > last:
        raise BadSetting(f"the range is reversed: {first} is after {last}. Remedy: swap start_date and end_date.")
    if first < FIRST_DAY:
        raise BadSetting(f"{first} is before {FIRST_DAY}, where KOFIC's daily series begins. Remedy: start there or later.")
    newest = yesterday(now)
    if last > newest:
        raise BadSetting(f"{last} is not over yet in Seoul: the newest available day is {newest}. Remedy: end there or earlier.")
    return DayRange(first, last)


def part_of_week(day: date, week_gb: str) -> DayRange:
    """The days of one part (`WEEK_PARTS`) of the week, Monday to Sunday, that holds a day."""
    monday = day - timedelta(days=day.weekday())
    first, last = WEEK_PARTS[week_gb]
    return DayRange(monday + timedelta(days=first), monday + timedelta(days=last))


def weeks_of_run(days: DayRange) -> tuple[date, ...]:
    """The Sundays on which the weeks end that a run of these days may request, oldest first.

    The last two within its days and the week before them: one whose figures are new, one whose figures may have been revised.
    A long run requests no more, because the lists of a year would take a quarter of a day's calls; none before the series begins.
    """
    searched = DayRange(days.first - timedelta(days=7), days.last)
    return tuple(day for day in searched if day.weekday() == 6 and day - timedelta(days=6) >= FIRST_DAY)[-2:]


def parse_day(text: str) -> date:
    """A day written YYYY-MM-DD.

    Raises:
        BadSetting: anything else.
    """
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise BadSetting(f"'{text}' is not a day. Remedy: write it as YYYY-MM-DD.") from error
