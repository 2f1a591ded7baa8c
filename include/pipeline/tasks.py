"""The tasks that DAGs share: plan -> extract_box_office -> extract_films -> load, and publish.

Only names of objects, counts and dates travel through XCom. What can pass is retried by Airflow with growing pauses;
what cannot (a refused key, a bad range, a broken contract) fails at once.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from airflow.sdk import Asset, get_current_context, task
from airflow.sdk.exceptions import AirflowFailException

from include.kofic import extract
from include.kofic.client import KoficClient
from include.kofic.errors import Lasting
from include.kofic.extract import Batch, FilterSet
from include.kofic.lake import LakeObject
from include.kofic.tables import DAILY_BOX_OFFICE, RAW_TABLES, REJECTED_RECORD, table_named
from include.pipeline import plan as planning
from include.pipeline import settings

log = logging.getLogger(__name__)

KOFIC_POOL = "kofic_api"
"""One slot: the rate limit of a client holds only while one task at a time asks the API."""

BOX_OFFICE = Asset("box_office")
"""Updated when a run's tables are ready: dashboards and downstream DAGs may follow it."""

PASSING: dict[str, Any] = {
    "retries": 3,
    "retry_delay": timedelta(seconds=30),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(minutes=10),
}
"""Retries for what can pass: three more tries, after about 30 s, 1 min and 2 min."""

Objects = dict[str, list[dict[str, Any]]]
"""By table name: the objects of a run, as they travel through XCom."""

P = ParamSpec("P")
R = TypeVar("R")


def fails_for_good(work: Callable[P, R]) -> Callable[P, R]:
    """A lasting fault fails the task without a retry; the message, which holds no secret, is all that is shown."""

    @wraps(work)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return work(*args, **kwargs)
        except Lasting as error:
            raise AirflowFailException(str(error)) from None

    return guarded


def _trigger(run_type: str) -> planning.Trigger:
    return {
        "scheduled": planning.Trigger.SCHEDULE,
        "backfill": planning.Trigger.BACKFILL,
    }.get(str(run_type).rpartition(".")[2].lower(), planning.Trigger.PERSON)


@task(task_id="plan", task_display_name="수집 계획 · plan", retries=0)
@fails_for_good
def plan() -> list[dict[str, Any]]:
    """Which days and filter sets this run asks for, cut into pieces. Refuses a bad range before any call."""
    context = get_current_context()
    run = context["dag_run"]
    params = context["params"]
    now = datetime.now(UTC)
    days = planning.days_of_run(_trigger(run.run_type), run.logical_date, params.get("start_date"), params.get("end_date"), now)
    filter_sets = settings.filter_sets()
    log.info("%s: %d days x filter sets %s = %d calls", days, len(days), ",".join(filter_sets), len(days) * len(filter_sets))
    return planning.chunks(days, filter_sets, run.run_id, now)


def _shipped(batch: Batch, captured_on: str, name: str) -> Objects:
    written = settings.lake().write(batch, datetime.fromisoformat(captured_on).date(), name)
    for table, each in written.items():
        log.info("%s: %d rows in %s (%d bytes)", table, each.rows, each.key, each.size)
    return {table: [asdict(each)] for table, each in written.items()}


@task(
    task_id="extract_box_office",
    task_display_name="박스오피스 수집 · extract box office",
    map_index_template="{{ task.op_kwargs['chunk']['label'] }}",
    pool=KOFIC_POOL,
    **PASSING,
)
@fails_for_good
def extract_box_office(chunk: dict[str, Any]) -> Objects:
    """Asks for each day of the piece under each filter set, and keeps the replies as Parquet."""
    piece = planning.chunk_from(chunk)
    filter_sets = [FilterSet.parse(text) for text in piece.filter_sets]

    async def collect() -> Batch:
        async with KoficClient(settings.client_settings()) as client:
            return await extract.collect_box_office(client, piece.days, filter_sets)

    return _shipped(asyncio.run(collect()), piece.captured_on, piece.name)


@task(task_id="extract_films", task_display_name="영화 정보 수집 · extract films", pool=KOFIC_POOL, **PASSING)
@fails_for_good
def extract_films(pieces: list[dict[str, Any]], captured: Iterable[Objects]) -> Objects:
    """Asks for the films of these days whose master data is missing or older than 30 days."""
    lake = settings.lake()
    charting: set[str] = set()
    for each in captured:
        for described in each[DAILY_BOX_OFFICE.name]:
            charting.update(map(str, lake.read(LakeObject(**described), ["movie_cd"])["movie_cd"].to_pylist()))
    now = datetime.now(UTC)
    asked = settings.warehouse().films_asked_since(now - timedelta(days=extract.MASTER_DATA_LASTS_DAYS))
    wanted = extract.films_to_ask(charting, asked, now)
    log.info("%d films in these days, %d of them to ask for", len(charting), len(wanted))

    async def collect() -> Batch:
        async with KoficClient(settings.client_settings()) as client:
            return await extract.collect_movies(client, wanted)

    first = planning.chunk_from(pieces[0])
    return _shipped(asyncio.run(collect()), first.captured_on, f"{first.name}-films")


@task(task_id="load", task_display_name="창고 적재 · load", **PASSING)
@fails_for_good
def load(box_office: Iterable[Objects], films: Objects) -> dict[str, int]:
    """Loads the run's objects, one transaction per table; returns the rows of each. A second load changes nothing."""
    by_table: dict[str, list[LakeObject]] = {}
    for each in (*box_office, films):
        for table, described in each.items():
            by_table.setdefault(table, []).extend(LakeObject(**one) for one in described)
    warehouse = settings.warehouse()
    # Every raw table exists after the first load, so that dbt's sources and views do.
    warehouse.ensure_tables(RAW_TABLES)
    loaded = {}
    for name, objects in by_table.items():
        loaded[name] = warehouse.load(table_named(name), objects)
        log.info("%s: %d rows loaded from %d objects", name, loaded[name], len(objects))
    if rejected := loaded.get(REJECTED_RECORD.name):
        log.warning("%d rejected records: see raw_data.rejected_record", rejected)
    return loaded


@task(task_id="publish", task_display_name="공개 · publish", outlets=[BOX_OFFICE])
def publish(loaded: dict[str, int]) -> None:
    """Marks the asset `box_office` as updated: every model and test before this is green."""
    log.info("published; rows loaded by this run: %s", loaded)
