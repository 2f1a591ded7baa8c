"""Every dashboard on half a year of real replies: the same must hold as on made-up data.

They take the place of the stack's data.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ViewportSize

from local import demo
from local.state import Stack
from tests.browser import boards
from tests.browser.boards import DASHBOARDS, ON_DASHBOARDS, Page
from tests.browser.conftest import (
    KEY,
    NARROW,
    WIDE,
    board_pages,
    build,
    collect_days,
    collect_films,
    context_of,
    first_seen,
    forget_what_was_collected,
    show_other_data,
)
from tests.plain.charts import CHARTS
from tests.plain.view import View
from tests.simulator import recorded_world

pytestmark = pytest.mark.replaces_data


@pytest.fixture(scope="module")
def view(stack: Stack, recordings: Path) -> View:
    """What the boards show first of the recordings, which are collected, loaded and built in the place of what there was."""
    forget_what_was_collected(stack)
    with recorded_world(KEY, recordings) as simulator:
        collect_days(stack, simulator, demo.resolve_range(None, None, recordings), "recorded")
        collect_films(stack, simulator)
    build(stack, "--full-refresh")
    show_other_data(stack)
    return first_seen(stack)


Look = Callable[[ViewportSize], dict[str, Page]]


@pytest.fixture(scope="module")
def look(
    chromium: Browser, stack: Stack, logged_in: dict[str, Any], numbers: dict[int, str], screenshots: Path, view: View
) -> Look:
    """Opens every dashboard on a screen of this size."""

    def opened(screen: ViewportSize) -> dict[str, Page]:
        with board_pages(context_of(chromium, viewport=screen, storage_state=logged_in), stack) as board:
            pictures = {slug: screenshots / f"recorded-{slug}-{screen['width']}.png" for slug in DASHBOARDS}
            return {slug: boards.look(board(slug), numbers, picture) for slug, picture in pictures.items()}

    return opened


@pytest.fixture(scope="module")
def wide_pages(look: Look) -> dict[str, Page]:
    """Every dashboard, 1,440 pixels wide."""
    return look(WIDE)


@pytest.fixture(scope="module")
def narrow_pages(look: Look) -> dict[str, Page]:
    """Every dashboard, 390 pixels wide."""
    return look(NARROW)


@pytest.mark.parametrize("slug", DASHBOARDS)
def test_every_chart_shows_what_there_is_without_an_error_or_another_host(pages: dict[str, Page], slug: str, view: View) -> None:
    boards.assert_it_shows_what_there_is(pages[slug], slug, view)


@pytest.mark.parametrize("slug", DASHBOARDS)
def test_a_dashboard_is_in_korean_throughout(pages: dict[str, Page], slug: str) -> None:
    boards.assert_it_is_korean(pages[slug])


@pytest.mark.parametrize("slug", DASHBOARDS)
def test_a_board_begins_with_its_whole_answer(pages: dict[str, Page], view: View, slug: str) -> None:
    boards.assert_it_begins_with_its_whole_answer(pages[slug], slug, view)


@pytest.mark.parametrize("slug", DASHBOARDS)
def test_a_telephone_shows_one_column_that_can_be_read(narrow_pages: dict[str, Page], slug: str) -> None:
    boards.assert_a_telephone_can_show_it(narrow_pages[slug])


@pytest.mark.parametrize("slug", DASHBOARDS)
def test_bars_have_their_names_and_no_two_parts_one_colour(pages: dict[str, Page], slug: str) -> None:
    boards.assert_its_bars_can_be_told_apart(pages[slug])


@pytest.mark.parametrize(("slug", "name"), [(slug, name) for slug, names in ON_DASHBOARDS.items() for name in names])
def test_a_chart_s_figures_are_those_of_plain_python_on_the_files(
    wide_pages: dict[str, Page], view: View, slug: str, name: str
) -> None:
    boards.assert_its_figures_are_those_of_plain_python(wide_pages[slug], name, view)


def test_what_the_recordings_do_not_have_is_known(view: View) -> None:
    empty = {name for name, queries in CHARTS.items() for figures in queries if not list(figures.rows(view))}
    assert empty == {"weeks-against-days", "kofic-warnings"}, "they hold no list of a week, and no contradiction"
