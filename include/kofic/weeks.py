"""Which lists of weeks are due: KOFIC's own ranking of a week, which the sums of its days, ten films each, only approach."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from include.kofic.calendar import WEEK_PARTS, DayRange, midnight, part_of_week
from include.kofic.filters import DEFAULT_FILTER_SETS, FilterSet
from include.kofic.replies import recorded

FILTER_SETS = tuple(map(FilterSet.parse, DEFAULT_FILTER_SETS))
"""Of lists of weeks: 15 requests a week with its three parts, and 15 once more a week later."""

REVISED_AFTER = timedelta(days=7)
"""How long after a week its figures are fetched once more."""


@dataclass(frozen=True)
class WeeklyList:
    """One list of a part of a week (`week_gb`, see `calendar.WEEK_PARTS`), under one filter set."""

    days: DayRange
    week_gb: str
    filters: FilterSet

    @property
    def params(self) -> dict[str, str]:
        """The request's. The target is the part's last day, which each part holds."""
        return {"targetDt": f"{self.days.last:%Y%m%d}", "weekGb": self.week_gb, **self.filters.params}


def over(sunday: date) -> datetime:
    """The moment at which a week that ends on this day is over, in Seoul."""
    return midnight(sunday + timedelta(days=1))


def lists_due(sundays: tuple[date, ...], answered: Mapping[str, datetime], now: datetime) -> tuple[WeeklyList, ...]:
    """The lists to fetch of the weeks that end on these days, oldest first.

    `answered` says by parameters (`replies.recorded`) when a request was last answered. A list is due once when its week is
    over, and once more a week later, when it is final.
    """

    def is_due(each: WeeklyList, sunday: date) -> bool:
        last = answered.get(recorded(each.params))
        final = over(sunday) + REVISED_AFTER
        return over(sunday) <= now and (last is None or last < final <= now)

    return tuple(
        each
        for sunday in sundays
        for week_gb in WEEK_PARTS
        for filters in FILTER_SETS
        if is_due(each := WeeklyList(part_of_week(sunday, week_gb), week_gb, filters), sunday)
    )
