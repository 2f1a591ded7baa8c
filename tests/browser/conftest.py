"""A stack with dashboards for the tests: made-up data of 15 months collected, loaded, built; Superset; Chromium."""

import asyncio
import shutil
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ViewportSize, sync_playwright

from include.kofic import extract
from include.kofic.batch import Batch
from include.kofic.calendar import SEOUL, DayRange
from include.kofic.client import ClientSettings, KoficClient
from include.kofic.filters import FilterSet
from include.kofic.secret import Secret
from include.kofic.tables import DAILY_BOX_OFFICE, LOAD_AUDIT, RAW_TABLES, table_named
from include.kofic.weeks import lists_due
from include.pipeline.superset import SupersetSettings, forget_answers
from local import lifecycle, postgres, waiting
from local.state import LOCAL, Stack
from local.superset import bundle, dashboards, server
from local.superset.api import SupersetApi
from tests import servers
from tests.browser.boards import TITLES, Page
from tests.browser.seen import Seen, opened, signed_in
from tests.dbt.warehouse import Warehouse
from tests.plain.view import View
from tests.plain.world import World
from tests.simulator import Simulator, made_up_world

STACK = "browser"
KEY = "key-of-the-browser-tests"
LAST_DAY = date(2024, 6, 29)
WEEK = DayRange(date(2024, 6, 23), LAST_DAY)
DAYS = (DayRange(date(2023, 4, 1), date(2024, 3, 2)), DayRange(date(2024, 3, 5), LAST_DAY))
"""With two days missing, as after an outage that nobody noticed."""

WEEKS = (date(2024, 6, 9), date(2024, 6, 16))
"""The Sundays of the weeks whose own lists are known; the last week's are not."""

NOT_KNOWN = 8
"""How many of the best-selling films have no master data: together they would lead every ranking."""

FILTER_SETS = [FilterSet.parse(text) for text in ("ALL", "K", "F", "Y", "N")]
FLAGS = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run", "--no-sandbox"]


WIDE: ViewportSize = {"width": 1440, "height": 4000}
"""So high that no chart waits to be scrolled to."""
NARROW: ViewportSize = {"width": 390, "height": 7000}


@pytest.fixture(scope="package")
def data() -> Iterator[Stack]:
    """The stack's data servers, with everything that the marts can show: revisions, missing days, rejected records."""
    with lifecycle.temporary(lifecycle.start_data, STACK, None, servers.OUTPUT) as stack:
        with made_up_world(KEY) as simulator:
            _collect(stack, simulator)
        build(stack)
        yield stack


def _keep(stack: Stack, name: str, batch: Batch) -> None:
    for table_name, described in lifecycle.open_lake(stack).write(batch, LAST_DAY, name).items():
        lifecycle.open_warehouse(stack).load(table_named(table_name), [described])


def _fetched(simulator: Simulator, collect: Callable[[KoficClient], Coroutine[Any, Any, Batch]]) -> Batch:
    async def ask() -> Batch:
        async with KoficClient(ClientSettings(Secret(simulator.key), simulator.url, calls_per_second=400)) as client:
            return await collect(client)

    # In a thread of its own: Playwright runs a loop in the tests'.
    with ThreadPoolExecutor(max_workers=1) as other:
        return other.submit(asyncio.run, ask()).result()


def collect_days(stack: Stack, simulator: Simulator, days: DayRange, name: str) -> None:
    """What the DAG does, without Airflow: fetch, write Parquet, load."""
    _keep(stack, name, _fetched(simulator, lambda client: extract.collect_box_office(client, days, FILTER_SETS)))


def forget_what_was_collected(stack: Stack) -> None:
    """Empties the lake and the raw tables, for other data in their place."""
    lake = lifecycle.open_lake(stack)
    for table in RAW_TABLES:
        for each in lake.objects(table):
            lake.client.delete_object(Bucket=lake.bucket, Key=each.key)
    with closing(postgres.connect(stack, "warehouse", "pipeline")) as connection, connection.cursor() as cursor:
        cursor.execute(f"truncate {', '.join(f'raw_data.{table.name}' for table in (*RAW_TABLES, LOAD_AUDIT))}")
        connection.commit()


def show_other_data(stack: Stack) -> None:
    """Brings the boards again, for their first period, and makes Superset forget its answers."""
    dashboards.bring(stack)
    publisher = Secret(stack.secrets[server.PASSWORDS[server.PUBLISHER]])
    forget_answers(SupersetSettings(stack.superset_url, server.PUBLISHER, publisher))


def collect_films(stack: Stack, simulator: Simulator, but: int = 0) -> None:
    """The master data of all films on the lists, but the so many that sold best."""
    with closing(postgres.connect(stack, "warehouse", "pipeline")) as connection, connection.cursor() as cursor:
        cursor.execute(f"select movie_cd from raw_data.{DAILY_BOX_OFFICE.name} group by 1 order by sum(sales_amt) desc, 1")
        films = {code for (code,) in cursor.fetchall()[but:]}
    _keep(stack, "films", _fetched(simulator, lambda client: extract.collect_movies(client, films)))


def _collect(stack: Stack, simulator: Simulator) -> None:
    """All days; the last week is captured twice, then with a bad record."""
    lifecycle.open_warehouse(stack).ensure_tables(RAW_TABLES)
    simulator.set("quota", daily_calls=100_000, used=0)
    simulator.set("clock", now=datetime(2024, 6, 30, 0, 40, tzinfo=SEOUL).isoformat())
    for days in DAYS:
        simulator.set("faults", next=["broken_record"])
        collect_days(stack, simulator, days, f"first-{days.first}")
    simulator.set("clock", now=None)
    simulator.set("faults", next=["broken_record"])
    collect_days(stack, simulator, WEEK, "again")
    collect_films(stack, simulator, but=NOT_KNOWN)
    lists = lists_due(WEEKS, {}, datetime.now(SEOUL))
    _keep(stack, "weeks", _fetched(simulator, lambda client: extract.collect_weeks(client, lists)))


def build(stack: Stack, *options: str) -> None:
    """Builds and tests what dbt makes of what was collected."""
    done = Warehouse.of_stack(stack, stack.home / "dbt").dbt("build", "--exclude-resource-type", "unit_test", *options)
    assert done.success, done.failures


@pytest.fixture(scope="package")
def stack(data: Stack) -> Stack:
    """The stack with Superset, and the bundle in it; the password begins as one in 64 made ones does."""
    stack = replace(data, secrets={**data.secrets, "superset_login": "-v" + data.secrets["superset_login"]})
    stack.save()
    server.start(stack, servers.OUTPUT)
    dashboards.bring(stack)
    return stack


@pytest.fixture(scope="package")
def superset(stack: Stack) -> SupersetApi:
    """Superset's API."""
    return SupersetApi(stack)


@pytest.fixture(scope="package")
def numbers(superset: SupersetApi) -> dict[int, str]:
    """The charts' names in the bundle, by their number in this Superset."""
    names = {title: name for name, title in TITLES.items()}
    return {int(each["id"]): names[each["slice_name"]] for each in superset.listed("chart")}


@pytest.fixture(scope="package")
def query(data: Stack):
    """Runs a query on the warehouse as its owner and returns its rows."""

    def run(text: str) -> list[tuple[Any, ...]]:
        with closing(postgres.connect(data, "warehouse", "pipeline")) as connection, connection.cursor() as cursor:
            cursor.execute(text)
            return cursor.fetchall()

    return run


def first_seen(stack: Stack) -> View:
    """The twelve months up to the newest day, of what the lake's files and the record of the loads tell."""
    lake = lifecycle.open_lake(stack)
    raw = {table.name: [row for each in lake.objects(table) for row in lake.read(each).to_pylist()] for table in RAW_TABLES}
    with closing(postgres.connect(stack, "warehouse", "pipeline")) as connection, connection.cursor() as cursor:
        names = [column.name for column in LOAD_AUDIT.columns]
        cursor.execute(f"select {', '.join(names)} from raw_data.{LOAD_AUDIT.name}")
        raw[LOAD_AUDIT.name] = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    world = World(raw)
    return View(world, world.last_day - timedelta(days=364), world.last_day)


@pytest.fixture(scope="package")
def view(data: Stack) -> View:
    """What the boards show first, counted from the files of the lake."""
    return first_seen(data)


@pytest.fixture(scope="package")
def chromium(stack: Stack) -> Iterator[Browser]:
    """Debian's Chromium, headless."""
    path = shutil.which("chromium")
    assert path, "Chromium is missing. Remedy: tests/browser/setup.sh"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def logged_in(chromium: Browser, stack: Stack) -> dict[str, Any]:
    """The cookies of the administrator's session with Superset."""
    with context_of(chromium) as context:
        return signed_in(context, stack, server.ADMIN, "welcome")


@pytest.fixture(scope="package")
def logged_in_to_read(chromium: Browser, stack: Stack) -> dict[str, Any]:
    """The cookies of the reader's session, which begins at the overview."""
    with reader_of(chromium) as context:
        return signed_in(context, stack, server.READER, f"dashboard/{bundle.FIRST}")


@contextmanager
def context_of(chromium: Browser, **options: Any) -> Iterator[BrowserContext]:
    """A window of its own, Korean and in Seoul."""
    context = chromium.new_context(locale="ko-KR", timezone_id="Asia/Seoul", **options)
    context.set_default_timeout(1000 * waiting.ANSWER)
    try:
        yield context
    finally:
        context.close()


def reader_of(chromium: Browser, **options: Any) -> AbstractContextManager[BrowserContext]:
    """The same in another browser. Superset keeps a choice in a filter by address and browser (flask-login's identifier of a
    session): of two accounts that have both in common, the second is refused what the first chose.
    """
    return context_of(chromium, user_agent=f"Mozilla/5.0 HeadlessChrome/{chromium.version} (another browser)", **options)


Boards = Callable[[str], Seen]
"""The page of the dashboard of that name, opened when it is asked for first."""


@contextmanager
def board_pages(window: AbstractContextManager[BrowserContext], stack: Stack) -> Iterator[Boards]:
    """Dashboards in this window."""
    with ExitStack() as pages:
        context = pages.enter_context(window)
        opened_once = cache(lambda slug: pages.enter_context(opened(context, stack, slug)))

        def board(slug: str) -> Seen:
            # Chromium draws a page behind another one once a second.
            seen = opened_once(slug)
            seen.page.bring_to_front()
            return seen

        yield board


@pytest.fixture(scope="package")
def wide(chromium: Browser, stack: Stack, logged_in: dict[str, Any]) -> Iterator[Boards]:
    """On a screen 1,440 pixels wide."""
    with board_pages(context_of(chromium, viewport=WIDE, storage_state=logged_in), stack) as boards:
        yield boards


@pytest.fixture(scope="package")
def reading(chromium: Browser, stack: Stack, logged_in_to_read: dict[str, Any]) -> Iterator[Boards]:
    """The same for the reader."""
    window = reader_of(chromium, viewport=WIDE, storage_state=logged_in_to_read)
    with board_pages(window, stack) as boards:
        yield boards


@pytest.fixture(scope="package")
def narrow(chromium: Browser, stack: Stack, logged_in: dict[str, Any]) -> Iterator[Boards]:
    """On a telephone's screen, 390 pixels wide."""
    with board_pages(context_of(chromium, viewport=NARROW, storage_state=logged_in), stack) as boards:
        yield boards


@pytest.fixture(params=["wide", "narrow"])
def pages(request: pytest.FixtureRequest) -> dict[str, Page]:
    """Every dashboard of a file's `wide_pages` and `narrow_pages`."""
    return dict(request.getfixturevalue(f"{request.param}_pages"))


@pytest.fixture(scope="package")
def screenshots() -> Path:
    """Where pictures of the dashboards are kept."""
    folder = LOCAL / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
