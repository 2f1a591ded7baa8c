"""Every dashboard in Chromium, on made-up data: what a person sees when it is opened."""

import calendar
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator

from local.superset import bundle
from local.superset.api import SupersetApi
from tests.browser.conftest import Boards
from tests.browser.figures import CHARTS
from tests.browser.seen import Answer, Seen

BUNDLE = bundle.parsed(bundle.read())
DASHBOARDS = {each["slug"]: each for place, each in BUNDLE.items() if place.startswith("dashboards/")}
CHART_FILES = {each["uuid"]: Path(place).stem for place, each in BUNDLE.items() if place.startswith("charts/")}
ON_DASHBOARDS = {
    slug: [
        CHART_FILES[part["meta"]["uuid"]]
        for part in each["position"].values()
        if isinstance(part, dict) and "uuid" in part.get("meta", {})
    ]
    for slug, each in DASHBOARDS.items()
}
TITLES = {Path(place).stem: each["slice_name"] for place, each in BUNDLE.items() if place.startswith("charts/")}

PAINTED = """
canvas => {
    const pixels = new Uint32Array(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.buffer);
    const colours = new Map();
    for (const pixel of pixels) colours.set(pixel, (colours.get(pixel) || 0) + 1);
    return pixels.length - Math.max(...colours.values());
}
"""
"""How many pixels of a canvas are not its background."""


SMALLEST_TEXT = """
() => Math.min(...[...document.querySelectorAll('.dashboard-content *')]
    .filter(each => [...each.childNodes].some(child => child.nodeType === 3 && child.textContent.trim()))
    .filter(each => each.checkVisibility() && each.tagName !== 'STYLE')
    .map(each => parseFloat(getComputedStyle(each).fontSize)))
"""
"""The size in pixels of the smallest text on the board that is no picture."""


@dataclass(frozen=True)
class Chart:
    """A chart as it stood on the page."""

    text: str
    painted: int
    rows: int
    errors: int
    width: float
    top: float
    cut: float


@dataclass(frozen=True)
class Page:
    """A dashboard as it was when its last chart had come."""

    answers: dict[str, Answer]
    charts: dict[str, Chart]
    errors: list[str]
    elsewhere: list[str]
    widest: int
    smallest_text: float


def _chart(holder: Locator) -> Chart:
    canvases = holder.locator("canvas").all()
    box = holder.bounding_box() or {"width": 0.0, "y": 0.0, "height": 0.0}
    cells = [cell.bounding_box() for cell in holder.locator("tbody td").all()[-1:]]
    return Chart(
        text=holder.inner_text(),
        painted=sum(canvas.evaluate(PAINTED) for canvas in canvases),
        rows=holder.locator("tbody tr").count(),
        errors=holder.locator(".ant-alert, .error-container, .ant-empty, [data-test=error-message]").count(),
        width=box["width"],
        top=box["y"],
        cut=max([0.0, *(cell["y"] + cell["height"] - box["y"] - box["height"] for cell in cells if cell)]),
    )


def _look(seen: Seen, numbers: dict[int, str], picture: Path) -> Page:
    picture.write_bytes(seen.picture())
    holders = {numbers[number]: seen.page.locator(f".dashboard-chart-id-{number}") for number in numbers}
    charts = {name: _chart(holder) for name, holder in holders.items() if holder.count()}
    answers = {numbers[number]: answer for number, answer in seen.take_answers().items()}
    widest = seen.page.evaluate("() => document.documentElement.scrollWidth")
    return Page(answers, charts, list(seen.errors), list(seen.elsewhere), widest, seen.page.evaluate(SMALLEST_TEXT))


@pytest.fixture(scope="module")
def numbers(superset: SupersetApi) -> dict[int, str]:
    """The charts' names in the bundle, by their number in this Superset."""
    names = {title: name for name, title in TITLES.items()}
    return {int(each["id"]): names[each["slice_name"]] for each in superset.listed("chart")}


@pytest.fixture(scope="module")
def wide_pages(wide: Boards, numbers: dict[int, str], screenshots: Path) -> dict[str, Page]:
    """Every dashboard, 1,440 pixels wide."""
    return {slug: _look(wide(slug), numbers, screenshots / f"{slug}-1440.png") for slug in DASHBOARDS}


@pytest.fixture(scope="module")
def narrow_pages(narrow: Boards, numbers: dict[int, str], screenshots: Path) -> dict[str, Page]:
    """Every dashboard, 390 pixels wide."""
    return {slug: _look(narrow(slug), numbers, screenshots / f"{slug}-390.png") for slug in DASHBOARDS}


@pytest.fixture(params=["wide", "narrow"])
def pages(request: pytest.FixtureRequest) -> dict[str, Page]:
    """Every dashboard, on both screens."""
    return request.getfixturevalue(f"{request.param}_pages")


@pytest.mark.parametrize("slug", DASHBOARDS)
def test_every_chart_shows_something_and_none_an_error(pages: dict[str, Page], slug: str) -> None:
    page = pages[slug]
    assert set(page.charts) == set(ON_DASHBOARDS[slug]) == set(page.answers)
    for name, chart in page.charts.items():
        assert chart.errors == 0, f"{name}: {chart.text}"
        assert TITLES[name] in chart.text
        shown = chart.text.replace(TITLES[name], "").strip()
        assert chart.painted > 500 or chart.rows or any(letter.isdigit() for letter in shown), f"{name} is empty: {chart}"
        assert all(page.answers[name].rows), f"{name} has no rows"


@pytest.mark.parametrize("slug", DASHBOARDS)
def test_a_dashboard_has_no_errors_and_contacts_no_other_host(pages: dict[str, Page], slug: str) -> None:
    assert pages[slug].errors == []
    assert pages[slug].elsewhere == []


@pytest.mark.parametrize("slug", DASHBOARDS)
def test_a_telephone_shows_a_dashboard_without_scrolling_sideways(narrow_pages: dict[str, Page], slug: str) -> None:
    assert narrow_pages[slug].widest <= 390


@pytest.mark.parametrize("slug", DASHBOARDS)
def test_a_telephone_shows_one_column_that_can_be_read(narrow_pages: dict[str, Page], slug: str) -> None:
    page = narrow_pages[slug]
    assert {name: chart.width for name, chart in page.charts.items() if chart.width < 340} == {}
    assert page.smallest_text >= 11


@pytest.mark.parametrize("slug", DASHBOARDS)
def test_a_board_begins_with_its_whole_answer(
    pages: dict[str, Page], query: Callable[[str], list[tuple[Any, ...]]], slug: str
) -> None:
    ((sentence,),) = query(f"select answer_txt from analytics.answers where board_slug = '{slug}' and period_nm = '최근 12개월'")
    answer = pages[slug].charts[f"answer-{slug}"]
    assert sentence in answer.text
    assert answer.cut == 0
    assert answer.top == min(chart.top for chart in pages[slug].charts.values())


def test_every_chart_is_on_a_dashboard_and_has_figures_to_be_held_against() -> None:
    assert {name for names in ON_DASHBOARDS.values() for name in names} == set(CHART_FILES.values()) == set(CHARTS)
    assert len(set(TITLES.values())) == len(TITLES)


@pytest.mark.parametrize(("slug", "name"), [(slug, name) for slug, names in ON_DASHBOARDS.items() for name in names])
def test_a_chart_s_figures_are_those_of_sql_on_the_marts(
    wide_pages: dict[str, Page], query: Callable[[str], list[tuple[Any, ...]]], slug: str, name: str
) -> None:
    answered = wide_pages[slug].answers[name].rows
    assert len(answered) == len(CHARTS[name])
    for figures, rows in zip(CHARTS[name], answered, strict=True):
        shown, expected = figures.compared(figures.shown(rows), query(figures.sql))
        assert [list(row) for row in shown] == [pytest.approx(list(row)) for row in expected]


@pytest.mark.parametrize(
    ("slug", "name", "sql"),
    [
        (
            "screens-sales",
            "screens-films",
            "select to_char(count(*), 'FM999,999') from shown_film_performance where observation_nm = '개봉부터 관측'",
        ),
        (
            "screens-sales",
            "screens-sales-correlation",
            "select to_char(corr(peak_screens, observed_sales), 'FM0.00') from shown_film_performance "
            "where observation_nm = '개봉부터 관측'",
        ),
        (
            "overview",
            "this-year-sales",
            "select to_char(sum(sales) / 1e8, 'FM999,999') from analytics.daily_totals "
            "where year_no = (select max(year_no) from analytics.daily_totals)",
        ),
        (
            "admissions-sales",
            "last-week-sales",
            "select to_char(sum(sales) / 1e8, 'FM99,990.0') from analytics.daily_totals "
            "where target_date > (select max(target_date) from analytics.daily_totals) - 7",
        ),
        ("data-status", "missing-days", "select '2'"),
    ],
)
def test_a_big_number_is_written_as_people_read_it(
    pages: dict[str, Page], query: Callable[[str], list[tuple[Any, ...]]], slug: str, name: str, sql: str
) -> None:
    ((expected,),) = query(sql)
    assert expected in pages[slug].charts[name].text.split()


def test_the_newest_list_is_written_out_with_its_movement(
    wide_pages: dict[str, Page], query: Callable[[str], list[tuple[Any, ...]]]
) -> None:
    shown = wide_pages["overview"].charts["latest-box-office"].text
    for movement, title, admissions in query(
        "select movement_txt, movie_nm, to_char(audi_cnt, 'FM999,999,999') from analytics.latest_box_office"
    ):
        assert movement in shown
        assert title in shown
        assert admissions in shown


def test_the_year_is_held_against_the_same_weekdays_as_plain_python_does(
    pages: dict[str, Page], query: Callable[[str], list[tuple[Any, ...]]]
) -> None:
    days: Counter[Any] = Counter()
    for day, sales in query("select target_date, sales from staging.int_film_day__distinct"):
        days[day] += sales
    year, ago = max(days).year, timedelta(days=364)
    this = [day for day in days if day.year == year]
    both = [day for day in this if day - ago in days]
    expected: Counter[tuple[str, str]] = Counter()
    for day in this:
        compared = [each for each in both if each.month == day.month]
        is_whole = len(compared) == calendar.monthrange(year, day.month)[1]
        name = f"{day.month:02}월" if is_whole else f"{day.month:02}월({len(compared)}일)"
        expected[name, "올해" if day in both else "올해(작년 없음)"] += days[day]
        if day in both:
            expected[name, "작년"] += days[day - ago]
    assert len({(day.year, day.month) for day in days}) >= 15
    assert {name for name, _ in expected} >= {"05월", "06월(29일)"}

    page = pages["overview"]
    (rows,) = page.answers["year-on-year"].rows
    found = {(row["month_nm"], name): value for row in rows for name, value in row.items() if name != "month_nm" and value}
    assert found == {key: pytest.approx(sales / 1e8) for key, sales in expected.items()}
    change = sum(days[day] for day in both) / sum(days[day - ago] for day in both) - 1
    words = page.charts["this-year-sales-change"].text.split()
    assert f"{100 * change:+.1f}%" in words
    assert str(len(both)) in words


@pytest.mark.parametrize(
    ("slug", "rankings", "unknown_chart"),
    [
        ("companies-people", ("distributor-ranking", "producer-ranking", "distributor-month-heatmap"), "company-unknown"),
        ("companies-people", ("actor-ranking", "director-ranking", "actor-films"), "person-unknown"),
        ("season-genre", ("season-genre-even", "holiday-genre-ranking", "season-genre-pivot-full"), "genre-unknown"),
    ],
)
def test_the_unknown_is_in_no_ranking_and_its_share_beside_them(
    pages: dict[str, Page], slug: str, rankings: tuple[str, ...], unknown_chart: str
) -> None:
    page = pages[slug]
    for name in rankings:
        assert not {"미상", "장르 없음"} & {
            str(value) for rows in page.answers[name].rows for row in rows for value in row.values()
        }
    (rows,) = page.answers[unknown_chart].rows
    shown = page.charts[unknown_chart].text
    assert any(row["unknown_share"] > 0 for row in rows), "the made-up world has nothing unknown"
    for row in rows:
        assert f"{row['unknown_share']:.1%}" in shown.split()
