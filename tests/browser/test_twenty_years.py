"""How long a dashboard's first view takes on twenty years of made-up history: told at the end of the run, held against nothing.

The history takes the place of the stack's data.
"""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser

from local.state import Stack
from tests import history
from tests.browser.boards import DASHBOARDS, ON_DASHBOARDS
from tests.browser.conftest import WIDE, forget_what_was_collected, reader_of, show_other_data
from tests.browser.seen import opened
from tests.dbt.warehouse import Warehouse

pytestmark = pytest.mark.replaces_data

YEARS = 20


@pytest.fixture(scope="module")
def twenty_years(stack: Stack) -> None:
    """The history, captured once and built, in the place of the data that was there."""
    forget_what_was_collected(stack)
    warehouse = Warehouse.of_stack(stack, stack.home / "dbt")
    history.fill(warehouse, YEARS, captures=1)
    done = warehouse.dbt("run", "--full-refresh")
    assert done.success, done.failures
    show_other_data(stack)


@pytest.mark.usefixtures("twenty_years")
@pytest.mark.parametrize("slug", DASHBOARDS)
def test_a_dashboard_opens_to_its_last_chart_on_twenty_years(
    chromium: Browser,
    stack: Stack,
    logged_in_to_read: dict[str, object],
    numbers: dict[int, str],
    record_property: Callable[[str, str], None],
    slug: str,
) -> None:
    window = reader_of(chromium, viewport=WIDE, storage_state=logged_in_to_read)
    with window as context, opened(context, stack, slug) as seen:
        seen.picture()
        record_property("told", f"{slug} on {YEARS} years, all drawn after {seen.complete_after():.1f} s")
        assert {numbers[number] for number in seen.take_answers()} == set(ON_DASHBOARDS[slug])
        assert seen.errors == []
