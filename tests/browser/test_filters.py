"""Every native filter, used as a person uses it: it reaches the charts that it says it reaches, and no other."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser.boards import CHART_FILES, DASHBOARDS, ON_DASHBOARDS
from tests.browser.conftest import Boards
from tests.browser.seen import Answer, Seen

Query = Callable[[str], list[tuple[Any, ...]]]
EVERY_FILTER_IN_THE_BAR: ViewportSize = {"width": 2600, "height": 4000}
PERIOD = ("2024-01-01", "2024-07-01")
A_FILM = f"""
    select
        film.film_label, film.nation_nm, film.film_type_nm, film.genre_nm, film.distributor_nm,
        company.company_nm, person.person_nm
    from analytics.film_performance as film
    inner join analytics.company_month as company on film.movie_cd = company.movie_cd
    inner join analytics.person_film as person on film.movie_cd = person.movie_cd
    where
        film.observation_nm = '개봉부터 관측' and film.open_dt >= '{PERIOD[0]}' and film.open_dt < '{PERIOD[1]}'
        and company.company_part_nm = '배급사' and company.company_nm <> '미상' and person.credit_nm = '배우'
    order by film.observed_sales desc, person.billing_order limit 1
"""
"""Filters set to what is true of one film leave something."""
OTHER_VALUES = {"holiday_nm": "설날", "table_nm": "일별 박스오피스", "observation_nm": "개봉부터 관측"}

FILTERS = {
    slug: [each["name"] for each in board["metadata"]["native_filter_configuration"]] for slug, board in DASHBOARDS.items()
}


def _filter(slug: str, name: str) -> dict[str, Any]:
    (found,) = [each for each in DASHBOARDS[slug]["metadata"]["native_filter_configuration"] if each["name"] == name]
    return dict(found)


def _scope(slug: str, name: str) -> set[str]:
    parts = [part for part in DASHBOARDS[slug]["position"].values() if isinstance(part, dict) and part.get("type") == "CHART"]
    excluded = _filter(slug, name)["scope"]["excluded"]
    return {CHART_FILES[part["meta"]["uuid"]] for part in parts if part["meta"]["chartId"] not in excluded}


def _followers(slug: str) -> set[str]:
    """The charts that follow a filter: all but a board's answer, which says so."""
    return {name for name in ON_DASHBOARDS[slug] if not name.startswith("answer-")}


def _choose(page: Page, filter_id: str, value: str) -> None:
    control = page.locator(f"[data-test={filter_id}]")
    for chosen in control.locator(".ant-select-selection-item-remove").all():
        chosen.click()
    control.locator(".ant-select-selector").click()
    # A comma would end the word that is looked for: the field takes several values.
    control.locator("input").fill(value.split(",")[0])
    page.locator(f'.ant-select-item-option[title="{value}"]').click()
    page.keyboard.press("Escape")


def _choose_period(page: Page, filter_id: str) -> None:
    page.locator(f"#date-label-{filter_id}").click()
    page.locator(".ant-popover .ant-select-selector").click()
    page.locator('.ant-select-item-option[title="글로 쓰기"]').click()
    fields = page.locator(".ant-popover input[type=text]").all()
    for field, day in zip(fields, PERIOD, strict=True):
        field.fill(day)
        # A field that is filled before the one before it was drawn takes that one's old value along.
        page.evaluate("() => new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    for field, day in zip(fields, PERIOD, strict=True):
        expect(field).to_have_value(day)
    # The fields explain themselves in a balloon over the button while the pointer is on them.
    page.locator(".ant-popover-title").last.hover()
    page.locator("[data-test=date-filter-control__apply-button]").click()


def _apply(seen: Seen) -> None:
    seen.page.locator("[data-test=filter-bar__apply-button]").click()
    seen.settle()


def _clear(seen: Seen) -> None:
    button = seen.page.locator("[data-test=filter-bar__clear-button]")
    if button.is_enabled():
        # Superset applies this by itself.
        button.click()
        seen.settle()


@pytest.fixture(scope="module")
def values(query: Query) -> dict[str, str]:
    """By the column that a filter is on: a value that there are rows for."""
    (film,) = query(A_FILM)
    columns = ("film_label", "nation_nm", "film_type_nm", "genre_nm", "distributor_nm", "company_nm", "person_nm")
    return {**OTHER_VALUES, **dict(zip(columns, film, strict=True))}


@contextmanager
def filtered(wide: Boards, numbers: dict[int, str], slug: str, chosen: dict[str, str]) -> Iterator[dict[str, Answer]]:
    """The answers that came when these filters were applied, each by its name; afterwards no filter is set."""
    seen = wide(slug)
    if seen.page.viewport_size != EVERY_FILTER_IN_THE_BAR:
        seen.page.set_viewport_size(EVERY_FILTER_IN_THE_BAR)
        seen.settle()
    _clear(seen)
    seen.take_answers()
    for name, value in chosen.items():
        each = _filter(slug, name)
        if each["filterType"] == "filter_time":
            _choose_period(seen.page, each["id"])
        else:
            _choose(seen.page, each["id"], value)
    _apply(seen)
    try:
        yield {numbers[number]: answer for number, answer in seen.take_answers().items()}
        assert seen.errors == []
    finally:
        _clear(seen)


@pytest.mark.parametrize("slug", DASHBOARDS)
def test_each_filter_reaches_the_charts_in_its_scope_and_no_other(
    wide: Boards, numbers: dict[int, str], values: dict[str, str], slug: str
) -> None:
    period = " : ".join(PERIOD)
    targets = {name: _filter(slug, name)["targets"][0].get("column") for name in FILTERS[slug]}
    chosen = {name: values[column["name"]] if column else period for name, column in targets.items()}
    with filtered(wide, numbers, slug, chosen) as answers:
        assert set(answers) == _followers(slug)
        assert any(rows for answer in answers.values() for rows in answer.rows), f"nothing is left for {chosen}"
        for chart, answer in answers.items():
            for asked, answered in zip(answer.asked, answer.answered, strict=True):
                reached = {name for name in chosen if _reaches(asked, targets[name], chosen[name])}
                assert reached == {name for name in chosen if chart in _scope(slug, name)}, chart
                # Superset leaves a period out of the SQL of a chart that has no filter on a time of its own.
                assert all(day in answered["query"] for day in PERIOD if asked.get("time_range") == period), chart
                # A filter on a column that a chart's dataset lacks is left out by Superset, and reported only here.
                assert answered["rejected_filters"] == [], chart


def _reaches(asked: dict[str, Any], column: dict[str, str] | None, value: str) -> bool:
    if column is None:
        return bool(asked.get("time_range") == value)
    return {"col": column["name"], "op": "IN", "val": [value]} in asked["filters"]


@pytest.mark.parametrize("slug", DASHBOARDS)
def test_every_chart_of_a_dashboard_is_in_the_scope_of_a_filter_or_says_that_it_is_not(slug: str) -> None:
    reached = set().union(*(_scope(slug, name) for name in FILTERS[slug]))
    assert reached == _followers(slug)


def test_the_correlation_and_the_number_of_films_follow_the_filters(wide: Boards, numbers: dict[int, str], query: Query) -> None:
    ((correlation, films),) = query(
        "select corr(peak_screens, observed_sales), count(*) from analytics.film_performance "
        "where nation_nm = '한국' and observation_nm = '재개봉'"
    )
    with filtered(wide, numbers, "screens-sales", {"국적": "한국", "관측 구분": "재개봉"}) as answers:
        ((shown,),) = answers["screens-numbers"].rows
        assert shown["corr_screens_sales"] == pytest.approx(correlation)
        assert shown["films"] == films
        assert sum(row["series_nm"] == "재개봉" for row in answers["screens-admissions-scatter"].rows[0]) == films


def test_a_period_reaches_the_films_by_their_release(wide: Boards, numbers: dict[int, str], query: Query) -> None:
    first, end = PERIOD
    ((expected,),) = query(
        f"select count(*) from analytics.film_performance where open_dt >= '{first}' and open_dt < '{end}' "
        "and observation_nm = '도중부터 관측'"
    )
    with filtered(wide, numbers, "screens-sales", {"기간": " : ".join(PERIOD), "관측 구분": "도중부터 관측"}) as answers:
        assert answers["screens-numbers"].rows[0][0]["films"] == expected


def test_colours_are_pinned_for_every_nation_type_and_genre_that_there_is(query: Query) -> None:
    values = {
        value
        for column in ("film_performance.nation_nm", "film_performance.film_type_nm", "season_genre.genre_nm")
        for (value,) in query(f"select distinct {column.split('.')[1]} from analytics.{column.split('.')[0]}")
    }
    for slug, board in DASHBOARDS.items():
        assert values <= board["metadata"]["label_colors"].keys(), slug
