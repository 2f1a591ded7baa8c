"""Airflow's page in the browser of a machine that is set to another time zone."""

import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, sync_playwright

from local import waiting
from local.airflow_env import AIRFLOW_USER
from local.lifecycle import DAG_ID
from tests.browser.conftest import FLAGS


@pytest.fixture
def page(stack, airflow) -> Iterator[Page]:
    """The DAG's page, in New York's time zone."""
    path = shutil.which("chromium")
    assert path, "Chromium is missing. Remedy: tests/browser/setup.sh"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        page = browser.new_context(timezone_id="America/New_York", locale="en-US").new_page()
        page.set_default_timeout(1000 * waiting.ANSWER)
        page.goto(f"{stack.airflow_url}/dags/{DAG_ID}")
        page.locator("[name=username]").fill(AIRFLOW_USER)
        page.locator("[name=password]").fill(stack.secrets["airflow_login"])
        page.locator("[type=submit]").click()
        yield page
        browser.close()


def _is_told_in(page: Page, zone: str) -> bool:
    """Whether the page's newest moment, the end of its last 24 hours, is now in that zone."""
    shown = page.get_by_text(re.compile(r"^\d{4}-\d\d-\d\d [\d:]+ - \d{4}-\d\d-\d\d [\d:]+$")).first.inner_text()
    newest = datetime.fromisoformat(shown.split(" - ")[1]).replace(tzinfo=ZoneInfo(zone))
    return abs(datetime.now(UTC) - newest) < timedelta(hours=1)


def test_it_shows_seouls_time_until_a_person_picks_another(page):
    assert _is_told_in(page, "Asia/Seoul")
    page.evaluate("""localStorage.setItem("timezone", '"Europe/Berlin"')""")
    page.reload()
    assert _is_told_in(page, "Europe/Berlin")
