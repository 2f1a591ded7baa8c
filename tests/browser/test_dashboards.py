"""Every dashboard in Chromium, on made-up data: what a person sees when it is opened."""

from pathlib import Path

import pytest

from tests.browser import boards
from tests.browser.boards import CHART_FILES, DASHBOARDS, ON_DASHBOARDS, TITLES, Page
from tests.browser.conftest import Boards
from tests.plain.charts import CHARTS
from tests.plain.view import View


@pytest.fixture(scope="module")
def wide_pages(wide: Boards, numbers: dict[int, str], screenshots: Path) -> dict[str, Page]:
    """Every dashboard, 1,440 pixels wide."""
    return {slug: boards.look(wide(slug), numbers, screenshots / f"{slug}-1440.png") for slug in DASHBOARDS}


@pytest.fixture(scope="module")
def narrow_pages(narrow: Boards, numbers: dict[int, str], screenshots: Path) -> dict[str, Page]:
    """Every dashboard, 390 pixels wide."""
    return {slug: boards.look(narrow(slug), numbers, screenshots / f"{slug}-390.png") for slug in DASHBOARDS}


@pytest.mark.parametrize("slug", DASHBOARDS)
def test_every_chart_shows_what_there_is_without_an_error_or_another_host(pages: dict[str, Page], slug: str, view: View) -> None:
    boards.assert_it_shows_what_there_is(pages[slug], slug, view)


@pytest.mark.parametrize("slug", DASHBOARDS)
def test_a_dashboard_is_in_korean_throughout(pages: dict[str, Page], slug: str) -> None:
    boards.assert_it_is_korean(pages[slug])


@pytest.mark.parametrize("slug", DASHBOARDS)
def test_what_a_chart_tells_of_the_place_under_the_pointer_is_in_korean(
    wide: Boards, wide_pages: dict[str, Page], slug: str
) -> None:
    told = boards.balloons(wide(slug))
    assert len(told) >= 5
    boards.assert_words_are_korean("\n".join(told), wide_pages[slug])


@pytest.mark.parametrize("slug", DASHBOARDS)
def test_a_telephone_shows_one_column_that_can_be_read(narrow_pages: dict[str, Page], slug: str) -> None:
    boards.assert_a_telephone_can_show_it(narrow_pages[slug])


@pytest.mark.parametrize("slug", DASHBOARDS)
def test_a_board_begins_with_its_whole_answer(pages: dict[str, Page], view: View, slug: str) -> None:
    boards.assert_it_begins_with_its_whole_answer(pages[slug], slug, view)


def test_every_chart_is_on_a_dashboard_has_figures_to_be_held_against_and_something_to_show(view: View) -> None:
    assert {name for names in ON_DASHBOARDS.values() for name in names} == set(CHART_FILES.values()) == set(CHARTS)
    assert len(set(TITLES.values())) == len(TITLES)
    assert [name for name, queries in CHARTS.items() for figures in queries if not list(figures.rows(view))] == []


@pytest.mark.parametrize("slug", DASHBOARDS)
def test_bars_have_their_names_and_no_two_parts_one_colour(pages: dict[str, Page], slug: str) -> None:
    boards.assert_its_bars_can_be_told_apart(pages[slug])


@pytest.mark.parametrize(("slug", "name"), [(slug, name) for slug, names in ON_DASHBOARDS.items() for name in names])
def test_a_chart_s_figures_are_those_of_plain_python_on_the_files(
    wide_pages: dict[str, Page], view: View, slug: str, name: str
) -> None:
    boards.assert_its_figures_are_those_of_plain_python(wide_pages[slug], name, view)


@pytest.mark.parametrize(
    ("slug", "name", "column", "written"),
    [
        ("screens-sales", "screens-numbers", 0, ".2f"),
        ("screens-sales", "screens-numbers", 2, ",d"),
        ("overview", "this-year", 0, ",.0f"),
        ("overview", "this-year", 1, ""),
        ("overview", "this-year", 4, "d"),
        ("admissions-sales", "last-week-sales", 1, ",.1f"),
        ("data-status", "missing-days", 0, "d"),
    ],
)
def test_a_number_is_written_as_people_read_it(
    pages: dict[str, Page], view: View, slug: str, name: str, column: int, written: str
) -> None:
    *_, last = CHARTS[name][0].rows(view)
    assert format(last[column], written) in pages[slug].charts[name].text.split()


def test_the_newest_list_is_written_out_with_its_movement(wide_pages: dict[str, Page], view: View) -> None:
    shown = wide_pages["overview"].charts["latest-box-office"].text
    for _, movement, title, admissions, *_ in CHARTS["latest-box-office"][0].rows(view):
        assert movement in shown
        assert title in shown
        assert f"{admissions:,}" in shown


def test_the_year_is_held_against_the_year_before_by_month(view: View) -> None:
    months = {(month, series) for month, series, _ in CHARTS["year-on-year"][0].rows(view)}
    assert {name for name, _ in months} >= {"05월", "06월(29일)"}
    assert {series for _, series in months} == {"올해", "작년", "올해(작년 없음)"}


@pytest.mark.parametrize(
    ("slug", "rankings", "unknown_chart"),
    [
        ("companies-people", ("distributor-ranking", "producer-ranking"), "company-unknown"),
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
