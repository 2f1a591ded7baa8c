"""Admissions and sales by day, weekday, month and year."""

import statistics
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal

from tests.plain.view import EOK, MAN, YEAR, Cells, Figures, View
from tests.plain.world import DAY, UNFILTERED, UNKNOWN, Row, added_up, filters_of, month_start


def _by_day(figure: str, unit: float) -> Callable[[View], list[Cells]]:
    return lambda view: [(day, view.world.sum_of(day, figure) / unit) for day in view.days]


def _ticket_price(view: View) -> list[Cells]:
    sales = added_up((month_start(day), view.world.sum_of(day, "sales_amt")) for day in view.days)
    admissions = added_up((month_start(day), view.world.sum_of(day, "audi_cnt")) for day in view.days)
    return [(month, sales[month] / admissions[month]) for month in sales]


def _by_weekday(figure: str, unit: float) -> Callable[[View], list[Cells]]:
    def rows(view: View) -> list[Cells]:
        found: dict[int, list[int]] = defaultdict(list)
        for day in view.days:
            found[day.weekday()].append(view.world.sum_of(day, figure))
        return [("월화수목금토일"[number], statistics.fmean(each) / unit) for number, each in found.items()]

    return rows


def _running_week(figure: str, unit: float) -> Callable[[View], list[Cells]]:
    def rows(view: View) -> list[Cells]:
        sums = [view.world.sum_of(day, figure) for day in view.days]
        return [(day, sum(sums[place - 6 : place + 1]) / unit) for place, day in enumerate(view.days) if place >= 6]

    return rows


def _recent_films(view: View) -> Iterator[Cells]:
    for film in view.films:
        if max(film.days) > view.world.last_day - 365 * DAY:
            genre = film.genre_names[0]
            yield film.label, genre, film.total("audi_cnt") / MAN, film.total("sales_amt") / EOK, film.peak_screens


def _this_year(view: View) -> list[date]:
    return [day for day in view.world.days if day.year == view.world.last_day.year]


def _compared_days(view: View) -> list[date]:
    return [day for day in _this_year(view) if day - YEAR in view.world.days]


def _year_so_far(view: View) -> list[Cells]:
    both = _compared_days(view)

    def change(figure: str) -> str:
        if len(both) < 28:
            return "–"
        this, ago = (sum(view.world.sum_of(day - back, figure) for day in both) for back in (0 * DAY, YEAR))
        return f"{100 * (this / ago - 1):+.1f}%"

    sales, admissions = (sum(view.world.sum_of(day, figure) for day in _this_year(view)) for figure in ("sales_amt", "audi_cnt"))
    return [(sales / EOK, change("sales_amt"), admissions / MAN, change("audi_cnt"), len(both))]


def _year_on_year(view: View) -> list[Cells]:
    def whole_month(day: date) -> int:
        return (month_start(month_start(day) + 31 * DAY) - month_start(day)).days

    both = _compared_days(view)

    def name(day: date) -> str:
        compared = sum(each.month == day.month for each in both)
        if not compared:
            return f"{day:%m}월(작년 없음)"
        return f"{day:%m}월" + (f"({compared}일)" if compared < whole_month(day) else "")

    this_year = (
        ((name(day), "올해" if day in both else "올해(작년 없음)"), view.world.sum_of(day, "sales_amt"))
        for day in _this_year(view)
    )
    ago = (((name(day), "작년"), view.world.sum_of(day - YEAR, "sales_amt")) for day in both)
    found = added_up([*this_year, *ago])
    return [(*key, sales / EOK) for key, sales in found.items()]


def _share_of_days(attribute: str, column: str) -> tuple[Figures, ...]:
    def rows(view: View) -> list[Cells]:
        found = added_up(
            (getattr(film, attribute), row["sales_amt"])
            for film in view.world.films.values()
            for day, row in film.days.items()
            if view.shows(day)
        )
        return [(name, sales / EOK, sales / sum(found.values())) for name, sales in found.items()]

    return (Figures(rows, (column, "매출액(억 원)", "매출액(억 원)__contribution")),)


def _unknown_shares(view: View) -> list[Cells]:
    rows = [(film, row["sales_amt"]) for film in view.world.films.values() for day, row in film.days.items() if view.shows(day)]
    whole = sum(sales for _, sales in rows)
    nation, film_type = (
        sum(sales for film, sales in rows if getattr(film, attribute) == UNKNOWN) / whole for attribute in ("nation", "film_type")
    )
    return [(nation, film_type)]


def _market(view: View) -> dict[date, tuple[float, float]]:
    """By day: the sales of the films listed, and of the market, as the largest film's share tells them."""
    lists: dict[date, list[Row]] = defaultdict(list)
    for row in view.world.listed:
        if filters_of(row) == UNFILTERED and view.shows(row["target_date"]):
            lists[row["target_date"]].append(row)
    found = {}
    for day, rows in lists.items():
        largest = min(rows, key=lambda row: (-row["sales_amt"], row["movie_cd"]))
        if largest["sales_share"]:
            market = round(100 * Decimal(largest["sales_amt"]) / largest["sales_share"])
            found[day] = (view.world.sum_of(day, "sales_amt") / EOK, market / EOK)
    return found


def _market_by_month(view: View) -> list[Cells]:
    days = _market(view)
    sales = added_up((f"{day:%Y-%m}", each) for day, (each, _) in days.items())
    market = added_up((f"{day:%Y-%m}", each) for day, (_, each) in days.items())
    return [(month, sales[month], market[month], sales[month] / market[month]) for month in sales]


def _market_in_all(view: View) -> list[Cells]:
    sales, market = (sum(each) for each in zip(*_market(view).values(), strict=True))
    return [(sales, market, sales / market)]


CHARTS: dict[str, tuple[Figures, ...]] = {
    "admissions-sales-by-day": (
        Figures(_by_day("sales_amt", EOK), ("target_date", "매출액(억 원)")),
        Figures(_by_day("audi_cnt", MAN), ("target_date", "관객수(만 명)")),
    ),
    "admissions-sales-by-weekday": (
        Figures(_by_weekday("sales_amt", EOK), ("weekday_in_order", "sales_day_eok")),
        Figures(_by_weekday("audi_cnt", MAN), ("weekday_in_order", "admissions_day_man")),
    ),
    "ticket-price-by-month": (Figures(_ticket_price, ("target_date", "ticket_price")),),
    "last-week-sales": (Figures(_running_week("sales_amt", EOK), ("target_date", "매출액(억 원)")),),
    "last-week-admissions": (Figures(_running_week("audi_cnt", MAN), ("target_date", "관객수(만 명)")),),
    "recent-films-bubble": (
        Figures(_recent_films, ("film_label", "genre_nm", "관측 관객수(만 명)", "관측 매출액(억 원)", "최대 스크린수(개)")),
    ),
    "this-year": (
        Figures(
            _year_so_far,
            ("sales_this_year_eok", "sales_change", "admissions_this_year_man", "admissions_change", "days_compared"),
        ),
    ),
    "year-on-year": (Figures(_year_on_year, ("month_nm",), series=True),),
    "nation-share": _share_of_days("nation", "nation_nm"),
    "film-type-share": _share_of_days("film_type", "film_type_nm"),
    "unknown-shares": (Figures(_unknown_shares, ("unknown_nation_share", "unknown_type_share")),),
    "market-by-month": (
        Figures(_market_by_month, ("month_nm", "sales_eok", "market_sales_eok", "covered_share")),
        Figures(_market_in_all, ("sales_eok", "market_sales_eok", "covered_share")),
    ),
}
