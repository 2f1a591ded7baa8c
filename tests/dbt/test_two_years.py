"""The year against the year before, as the dashboards ask for it, on made-up days; plain Python computes the same."""

import calendar
from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import pytest

from local.superset import bundle
from tests.dbt.warehouse import Warehouse

DATASET = bundle.parsed(bundle.read())["datasets/warehouse/two_years.yaml"]
METRICS = {each["metric_name"]: each["expression"] for each in DATASET["metrics"]}
YEAR = timedelta(days=364)
"""52 weeks: a day is held against the same weekday."""

GAPS = {date(2023, 6, 15), date(2024, 3, 3), date(2024, 3, 4)}
Days = dict[date, int]


def days_between(first: str, last: str, gaps: Iterable[date] = ()) -> Days:
    """Sales by day. Weekends sell more, so that two days of other weekdays never compare; each year sells more than the last."""
    start, count = date.fromisoformat(first), (date.fromisoformat(last) - date.fromisoformat(first)).days + 1
    days = [start + timedelta(days=n) for n in range(count)]
    return {
        day: 1_000_000 * (day.year - 2000) + 7_000_000 * (day.weekday() >= 5) + 1000 * day.timetuple().tm_yday
        for day in days
        if day not in gaps
    }


@pytest.fixture
def shown(server: Warehouse, built_on_nothing: str) -> Any:
    """Fills the totals with these days, and asks what a chart on them asks: the metrics, by the columns."""

    def ask(days: Days, columns: str, *metrics: str) -> list[tuple[Any, ...]]:
        server.start_from(built_on_nothing)
        # A third of each day's sales is a foreign film's; admissions are a tenth of the sales.
        rows = [
            f"('{day}', {day.year}, {day.month}, {day.isoweekday()}, '월', false, '봄', false, '{nation}', '상업', 1, {part}, "
            f"{part // 10}, 1, 1)"
            for day, sales in days.items()
            for nation, part in (("한국", sales - sales // 3), ("외국", sales // 3))
        ]
        server.execute(
            "insert into analytics.daily_totals (target_date, year_no, month_no, iso_weekday, weekday_nm, is_weekend, season_nm, "
            "is_public_holiday, nation_nm, film_type_nm, films, sales, admissions, screens, showings) values " + ", ".join(rows)
        )
        selected = ", ".join([*([columns] if columns else []), *(METRICS[name] for name in metrics)])
        return server.rows(
            f"select {selected} from ({DATASET['sql']}) as two_years" + (f" group by {columns}" if columns else "")
        )

    return ask


def compared(days: Days) -> list[date]:
    """The days of the last year that have the same weekday of a year ago next to them."""
    return [day for day in days if day.year == max(days).year and day - YEAR in days]


def change(days: Days) -> str:
    """By how much the compared days sold more, as people read it."""
    this, ago = sum(days[day] for day in compared(days)), sum(days[day - YEAR] for day in compared(days))
    return f"{100 * (this / ago - 1):+.1f}%"


@pytest.mark.parametrize(
    "days",
    [
        pytest.param(
            days_between("2023-02-10", "2024-07-10", GAPS), id="seventeen months, some days missing, the last not complete"
        ),
        pytest.param(days_between("2023-01-01", "2024-12-31"), id="a leap year to its last day, which 364 days ago is in itself"),
        pytest.param(days_between("2022-01-01", "2023-12-31"), id="two whole years"),
    ],
)
def test_the_year_is_held_against_the_same_weekdays(days: Days, shown: Any) -> None:
    expected: Counter[tuple[str, str]] = Counter()
    last_year = max(days).year
    for month in range(1, max(days).month + 1):
        with_last_year = [day for day in compared(days) if day.month == month]
        whole = len(with_last_year) == calendar.monthrange(last_year, month)[1]
        lacking = f"({len(with_last_year)}일)" if with_last_year else "(작년 없음)"
        name = f"{month:02}월" if whole else f"{month:02}월{lacking}"
        expected[name, "올해"] = sum(days[day] for day in with_last_year)
        expected[name, "작년"] = sum(days[day - YEAR] for day in with_last_year)
        alone = [day for day in days if (day.year, day.month) == (last_year, month) and day not in with_last_year]
        expected[name, "올해(작년 없음)"] = sum(days[day] for day in alone)

    assert shown(days, "", "sales_change", "admissions_change", "days_compared") == [
        (change(days), change(days), len(compared(days)))
    ]
    found = shown(days, "month_nm, series_nm", "sales_eok")
    assert {(month, series): round(sales * 1e8) for month, series, sales in found} == {
        key: sales for key, sales in expected.items() if sales
    }
    assert shown(days, "", "sales_this_year_eok")[0][0] == pytest.approx(
        sum(sales for day, sales in days.items() if day.year == last_year) / 1e8
    )


def test_months_that_are_not_complete_are_marked(shown: Any) -> None:
    days = days_between("2023-02-10", "2024-07-10", GAPS)
    assert sorted({month for month, *_ in shown(days, "month_nm", "sales_eok")}) == [
        "01월(작년 없음)",
        "02월(21일)",
        "03월(29일)",
        "04월",
        "05월",
        "06월(29일)",
        "07월(10일)",
    ]


@pytest.mark.parametrize(("first", "count"), [("2023-06-09", 27), ("2023-06-08", 28)])
def test_fewer_than_28_days_give_no_percentage(first: str, count: int, shown: Any) -> None:
    days = days_between(first, "2024-07-03")
    assert len(compared(days)) == count
    expected = "–" if count < 28 else change(days)
    assert shown(days, "", "sales_change", "admissions_change", "days_compared") == [(expected, expected, count)]


def test_a_demo_of_366_days_compares_two_and_says_so(shown: Any) -> None:
    days = days_between("2023-07-01", "2024-06-30")
    assert shown(days, "", "sales_change", "days_compared") == [("–", 2)]
