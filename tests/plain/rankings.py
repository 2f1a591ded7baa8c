"""The newest lists."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from tests.plain.view import EOK, MAN, Cells, Figures, View
from tests.plain.world import UNFILTERED, Ranked, filters_of, movement


def _newest(view: View, period: str) -> list[Ranked]:
    lists = [each for each in view.world.ranked if (each.period, each.list_name) == (period, "전체")]
    newest = max((each.last for each in lists), default=None)
    return [each for each in lists if each.last == newest]


_CELLS: dict[str, Callable[[Ranked], Any]] = {
    "rank": lambda each: each.rank,
    "movement_txt": lambda each: each.movement,
    "movie_nm": lambda each: each.title,
    "admissions": lambda each: each.admissions,
    "change": lambda each: each.change,
    "sales_eok": lambda each: each.sales / EOK,
    "screens": lambda each: each.screens,
}


def _ranking(period: str, *without: str) -> tuple[Figures, ...]:
    columns = tuple(name for name in _CELLS if name not in without)
    return (Figures(lambda view: [tuple(_CELLS[name](each) for name in columns) for each in _newest(view, period)], columns),)


def _latest_periods(view: View) -> Iterator[Cells]:
    for period in ("주말", "주간", "월간"):
        if films := _newest(view, period):
            basis = "KOFIC 목록" if films[0].is_official else "일별 목록의 합"
            days = f"{films[0].first}~{films[0].last:%m-%d} {basis}"
            yield period, days, sum(each.admissions for each in films), sum(each.sales for each in films) / EOK


def _weeks_against_days(view: View) -> Iterator[Cells]:
    weeks = defaultdict(list)
    for each in view.world.ranked:
        if each.is_official and (each.period, each.list_name) == ("주간", "전체"):
            weeks[each.first, each.last].append(each)
    for (first, last), films in weeks.items():
        official, by_days = (sum(each.admissions for each in films), sum(each.admissions_by_days or 0 for each in films))
        yield f"{first}~{last:%m-%d}", official / MAN, by_days / MAN, by_days / official


def _latest(view: View) -> Iterator[Cells]:
    newest = max(row["target_date"] for row in view.world.listed if filters_of(row) == UNFILTERED)
    for row in view.world.listed:
        if row["target_date"] == newest and filters_of(row) == UNFILTERED:
            yield (
                row["rank"],
                movement(row["rank_inten"], row["rank_old_and_new"] == "NEW"),
                view.world.films[row["movie_cd"]].title,
                row["audi_cnt"],
                # KOFIC sends 100 % for what was not there the day before.
                row["audi_change"] if row["audi_inten"] != row["audi_cnt"] else None,
                row["sales_share"],
                row["audi_acc"] / MAN,
                row["scrn_cnt"],
            )


CHARTS: dict[str, tuple[Figures, ...]] = {
    "weekend-ranking": _ranking("주말"),
    "week-ranking": _ranking("주간"),
    "month-ranking": _ranking("월간", "change"),
    "latest-periods": (Figures(_latest_periods, ("period_nm", "basis_txt", "admissions", "sales_eok")),),
    "weeks-against-days": (Figures(_weeks_against_days, ("period_txt", "official_man", "by_days_man", "covered")),),
    "latest-box-office": (
        Figures(
            _latest,
            ("rank", "movement_txt", "movie_nm", "admissions", "change", "share", "admissions_acc_man", "screens"),
        ),
    ),
}
