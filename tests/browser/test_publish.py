"""After `publish` a dashboard shows the new day, though Superset keeps what it has answered.

The task runs as Airflow runs it, with the connection that `make demo` gives it; the Superset is the local one.
"""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser

from include.kofic.calendar import DayRange
from include.pipeline.tasks import publish
from local import airflow_env
from local.state import Stack, StackError
from local.superset.api import SupersetApi
from local.superset.server import PUBLISHER, READER
from tests.browser.conftest import KEY, LAST_DAY, build, collect_days, reader_of
from tests.browser.seen import Answer, opened
from tests.simulator import made_up_world

NEW_DAY = LAST_DAY + timedelta(days=1)
BOARD = "overview"
NEWEST_LIST = "select to_char(audi_cnt, 'FM999,999,999') from analytics.latest_box_office"
LOADED: dict[str, Any] = {"rows": {}, "box_office": {}, "films_and_weeks": {}}

Query = Callable[[str], list[tuple[Any, ...]]]


@dataclass(frozen=True)
class Viewed:
    """The overview as a reader saw it: what its charts were answered, and what the newest list says."""

    answers: list[Answer]
    newest_list: str

    @property
    def kept(self) -> set[bool]:
        """Whether the answers came from what Superset keeps."""
        return {bool(each["is_cached"]) for answer in self.answers for each in answer.answered}

    def shows(self, admissions: list[tuple[Any, ...]]) -> bool:
        """Whether the newest list has these figures."""
        return {figure for (figure,) in admissions} <= set(self.newest_list.split())


View = Callable[[], Viewed]


@pytest.fixture
def view(chromium: Browser, stack: Stack, logged_in_to_read: dict[str, Any], numbers: dict[int, str]) -> View:
    """Opens the overview as a reader does, anew each time."""
    (newest,) = (number for number, name in numbers.items() if name == "latest-box-office")

    def look() -> Viewed:
        window = {"width": 1440, "height": 4000}
        with (
            reader_of(chromium, viewport=window, storage_state=logged_in_to_read) as context,
            opened(context, stack, BOARD) as seen,
        ):
            return Viewed(list(seen.take_answers().values()), seen.page.locator(f".dashboard-chart-id-{newest}").inner_text())

    return look


@pytest.fixture
def connection(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Gives Airflow the connection `superset` of the local stack, with these fields changed."""

    def given(**changed: str) -> None:
        fields = {**airflow_env.connections(stack)["superset"], **changed}
        monkeypatch.setenv("AIRFLOW_CONN_SUPERSET", json.dumps(fields))

    return given


def test_a_second_view_asks_no_warehouse_and_the_first_after_publish_shows_the_new_day(
    stack: Stack, view: View, query: Query, connection: Callable[..., None]
) -> None:
    view()
    before, old_list = view(), query(NEWEST_LIST)
    assert before.kept == {True}
    assert before.shows(old_list)

    with made_up_world(KEY) as simulator:
        collect_days(stack, simulator, DayRange(NEW_DAY, NEW_DAY), "new-day")
    build(stack)
    new_list = query(NEWEST_LIST)
    assert view().shows(old_list), "nothing has told Superset yet"

    connection()
    publish.function(LOADED)

    after = view()
    assert after.shows(new_list)
    assert not after.shows(old_list)
    assert False in after.kept
    again = view()
    assert again.shows(new_list)
    assert again.kept == {True}


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"password": "wrong-password"}, "HTTP 401 to POST security/login. Remedy: "),
        ({"login": "reader", "password": ""}, "HTTP 400 to POST security/login. Remedy: "),
        ({"host": "http://127.0.0.1:9"}, "does not answer (ConnectError"),
        ({"host": "http://two words"}, "Remedy: start it, or correct the connection `superset`"),
        ({"host": ""}, "has no host. Remedy: "),
    ],
)
def test_a_superset_that_refuses_or_is_not_there_fails_nothing_and_the_log_says_what_to_do(
    stack: Stack, connection: Callable[..., None], caplog: pytest.LogCaptureFixture, changed: dict[str, str], reason: str
) -> None:
    connection(**changed)
    with caplog.at_level(logging.DEBUG):
        publish.function(LOADED)
    (warning,) = [each.getMessage() for each in caplog.records if each.levelno == logging.WARNING]
    assert reason in warning
    assert "published, but dashboards show the tables of before" in warning
    assert not {"wrong-password", *stack.secrets.values()} & set(caplog.text.split())


def test_a_user_who_may_not_is_named_as_the_cause(
    stack: Stack, connection: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    connection(login=READER, password=stack.secrets["superset_reader"])
    publish.function(LOADED)
    (warning,) = [each.getMessage() for each in caplog.records if each.levelno == logging.WARNING]
    assert "HTTP 403 to GET dataset/" in warning
    assert "as `publisher`" in warning


def test_a_server_that_is_no_superset_is_named_as_such(
    stack: Stack, connection: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    connection(host=f"http://127.0.0.1:{stack.ports['simulator']}")
    publish.function(LOADED)
    (warning,) = [each.getMessage() for each in caplog.records if each.levelno == logging.WARNING]
    assert "HTTP 404" in warning


def test_the_account_of_publish_sees_no_dashboard_and_changes_nothing(stack: Stack) -> None:
    publisher = SupersetApi(stack, PUBLISHER)
    assert len(publisher.listed("dataset")) >= 18
    refused = [
        ("GET", "dashboard/", None),
        ("GET", "chart/", None),
        ("GET", "database/", None),
        ("POST", "sqllab/execute/", {"database_id": 1, "sql": "select 1"}),
        ("POST", "chart/data", {"datasource": {"id": 1, "type": "table"}, "queries": []}),
        ("PUT", "dataset/1", {"description": "changed"}),
        ("POST", "dataset/", {"database": 1, "table_name": "dim_movie"}),
        ("GET", "dataset/export/?q=!(1)", None),
        ("POST", "assets/import/", {}),
    ]
    for method, path, body in refused:
        with pytest.raises(StackError, match="HTTP 403"):
            publisher.call(method, path, body)
