"""The tasks that DAGs share: plan -> extract_box_office -> extract_films -> extract_weeks -> load -> check_replies, and publish.

Only object names, counts, dates and the first few errors travel through XCom. Airflow retries transient errors with growing
pauses; permanent ones (a refused key, a bad range, a broken contract) fail immediately. A fault of a single reply, or of
films or weeks, fails nothing: it is kept as rejected, the rest is loaded, and `check_replies` reports it.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any, ParamSpec, TypedDict, TypeVar

from airflow.sdk import Asset, get_current_context, task
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from include.kofic import extract
from include.kofic.batch import Batch
from include.kofic.calendar import weeks_of_run
from include.kofic.client import KoficClient
from include.kofic.errors import BadSetting, PermanentError, TooManyRejected, TransientError
from include.kofic.filters import FilterSet
from include.kofic.findings import Findings, combined, findings
from include.kofic.lake import LakeObject, object_key
from include.kofic.master_data import MASTER_DATA_VALID_DAYS, UNREADABLE_LOOKBACK_DAYS, films_due
from include.kofic.replies import WEEKLY_BOX_OFFICE as WEEKLY_ENDPOINT
from include.kofic.tables import API_CALL, DAILY_BOX_OFFICE, MOVIE, RAW_TABLES, REJECTED_RECORD, Table, table_named
from include.kofic.weeks import lists_due, over
from include.pipeline import plan as planning
from include.pipeline import settings
from include.pipeline.superset import NotRefreshed, forget_answers

log = logging.getLogger(__name__)

KOFIC_POOL = "kofic_api"
"""One slot: the rate limit of a client holds only while one task at a time calls the API."""

BOX_OFFICE = Asset("box_office")
"""Updated when a run's tables are ready: dashboards and downstream DAGs may follow it."""

RETRIED: dict[str, Any] = {
    "retries": 3,
    "retry_delay": timedelta(seconds=30),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(minutes=10),
}
"""Retries of transient errors: three more tries, after about 30 s, 1 min and 2 min."""

Objects = dict[str, list[dict[str, Any]]]
"""By table name: the objects of a run, as they travel through XCom."""


class Captured(TypedDict):
    """What an extraction hands on: its objects, and its findings (`Findings` as a dictionary)."""

    objects: Objects
    findings: dict[str, Any]


class Loaded(TypedDict):
    """What a load hands on: the rows by table, and the findings of the days' lists, and of the films and the weeks."""

    rows: dict[str, int]
    box_office: dict[str, Any]
    films_and_weeks: dict[str, Any]


P = ParamSpec("P")
R = TypeVar("R")


def fail_permanently(work: Callable[P, R]) -> Callable[P, R]:
    """Makes a permanent error fail the task without a retry, with its message alone, which holds no secret."""

    @wraps(work)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return work(*args, **kwargs)
        except PermanentError as error:
            raise AirflowFailException(str(error)) from None

    return guarded


def _trigger(run_type: str) -> planning.Trigger:
    return {
        "scheduled": planning.Trigger.SCHEDULE,
        "backfill": planning.Trigger.BACKFILL,
    }.get(str(run_type).rpartition(".")[2].lower(), planning.Trigger.MANUAL)


@task(task_id="plan", task_display_name="수집 계획 · plan", retries=0)
@fail_permanently
def plan() -> list[dict[str, Any]]:
    """Which days and filter sets this run requests, cut into pieces. Refuses a bad range or setting before any call."""
    context = get_current_context()
    run = context["dag_run"]
    params = context["params"]
    now = datetime.now(UTC)
    days = planning.days_of_run(_trigger(run.run_type), run.logical_date, params.get("start_date"), params.get("end_date"), now)
    filter_sets = settings.filter_sets()
    settings.client_settings()
    settings.bad_share()
    log.info("%s: %d days x filter sets %s = %d calls", days, len(days), ",".join(filter_sets), len(days) * len(filter_sets))
    return planning.chunks(days, filter_sets, run.run_id, now)


def _retried_if_incomplete(batch: Batch) -> Batch:
    """The batch, unless another try may bring more of it.

    Raises:
        TransientError: not all requests were sent, for a transient reason, and Airflow has a try left.
    """
    instance = get_current_context()["ti"]
    if isinstance(batch.stopped, TransientError) and instance.try_number <= instance.max_tries:
        raise batch.stopped
    return batch


def _written(batch: Batch, captured_on: str, name: str) -> Captured:
    """Writes what was captured to the lake."""
    if batch.stopped:
        log.warning("no more requests are sent, and what was captured is kept: %s", batch.stopped)
    written = settings.lake().write(batch, datetime.fromisoformat(captured_on).date(), name)
    for table, each in written.items():
        log.info("%s: %d rows in %s (%d bytes)", table, each.rows, each.key, each.size)
    found = findings(batch)
    log.log(logging.INFO if found.is_complete else logging.WARNING, "%d requests: %s", found.requests, found)
    return {"objects": {table: [asdict(each)] for table, each in written.items()}, "findings": asdict(found)}


@task(
    task_id="extract_box_office",
    task_display_name="박스오피스 수집 · extract box office",
    map_index_template="{{ task.op_kwargs['chunk']['label'] }}",
    pool=KOFIC_POOL,
    **RETRIED,
)
@fail_permanently
def extract_box_office(chunk: dict[str, Any]) -> Captured:
    """Fetches each day of the piece under each filter set, and writes the replies as Parquet."""
    piece = planning.chunk_from(chunk)
    filter_sets = [FilterSet.parse(text) for text in piece.filter_sets]

    async def collect() -> Batch:
        async with KoficClient(settings.client_settings()) as client:
            return await extract.collect_box_office(client, piece.days, filter_sets)

    return _written(_retried_if_incomplete(asyncio.run(collect())), piece.captured_on, piece.name)


@task(task_id="extract_films", task_display_name="영화 정보 수집 · extract films", pool=KOFIC_POOL, **RETRIED)
@fail_permanently
def extract_films(pieces: list[dict[str, Any]], captured: Iterable[Captured]) -> Captured:
    """Fetches the films of these days whose master data is missing or older than 30 days.

    Whatever the API does, the days are loaded: what could not be fetched today is fetched by the next run.
    """
    lake = settings.lake()
    charting: set[str] = set()
    for each in captured:
        for described in each["objects"][DAILY_BOX_OFFICE.name]:
            charting.update(map(str, lake.read(LakeObject(**described), ["movie_cd"])["movie_cd"].to_pylist()))
    now = datetime.now(UTC)
    warehouse = settings.warehouse()
    first = planning.chunk_from(pieces[0])
    name, day = f"{first.name}-films", datetime.fromisoformat(first.captured_on).date()

    def own(table: Table) -> str:
        """The object that an earlier try of this task wrote; this one overwrites it, so what it holds is fetched again."""
        return lake.uri(object_key(table, day, name))

    fetched = warehouse.films_fetched_since(now - timedelta(days=MASTER_DATA_VALID_DAYS), excluding=own(MOVIE))
    since = now - timedelta(days=UNREADABLE_LOOKBACK_DAYS)
    unreadable = warehouse.films_unreadable_since(since, excluding=own(REJECTED_RECORD))
    wanted = films_due(charting, fetched, now, unreadable)
    log.info("%d films in these days, %d of them to fetch", len(charting), len(wanted))

    async def collect() -> Batch:
        async with KoficClient(settings.client_settings()) as client:
            return await extract.collect_movies(client, wanted)

    batch = asyncio.run(collect())
    # Films that were read are kept: another try would fetch all of them again.
    return _written(batch if batch.rows[MOVIE.name] else _retried_if_incomplete(batch), first.captured_on, name)


@task(task_id="extract_weeks", task_display_name="주간 순위 수집 · extract weeks", pool=KOFIC_POOL, **RETRIED)
@fail_permanently
def extract_weeks(pieces: list[dict[str, Any]], films: Captured) -> Captured:
    """Fetches KOFIC's own lists of the weeks that ended in these days, once when they are over and once a week later.

    After the films, which need the day's calls more. Whatever the API does, the days are loaded.
    """
    now = datetime.now(UTC)
    first = planning.chunk_from(pieces[0])
    name, day = f"{first.name}-weeks", datetime.fromisoformat(first.captured_on).date()
    sundays = weeks_of_run(planning.days_of(pieces))
    own_calls = settings.lake().uri(object_key(API_CALL, day, name))
    answered = settings.warehouse().answered_since(WEEKLY_ENDPOINT, over(sundays[0]), own_calls) if sundays else {}
    wanted = lists_due(sundays, answered, now)
    log.info("%d weeks end in or before these days, %d lists of them to fetch", len(sundays), len(wanted))

    async def collect() -> Batch:
        async with KoficClient(settings.client_settings()) as client:
            return await extract.collect_weeks(client, wanted)

    return _written(_retried_if_incomplete(asyncio.run(collect())), first.captured_on, name)


@task(task_id="load", task_display_name="창고 적재 · load", **RETRIED)
@fail_permanently
def load(box_office: Iterable[Captured], films: Captured, weeks: Captured) -> Loaded:
    """Loads the run's objects, one transaction per table. A second load changes nothing."""
    pieces = list(box_office)
    by_table: dict[str, list[LakeObject]] = {}
    for each in (*pieces, films, weeks):
        for table, described in each["objects"].items():
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
    days, others = (combined(Findings(**each["findings"]) for each in some) for some in (pieces, (films, weeks)))
    return {"rows": loaded, "box_office": asdict(days), "films_and_weeks": asdict(others)}


@task(task_id="check_replies", task_display_name="응답 점검 · check replies", retries=0)
@fail_permanently
def check_replies(loaded: Loaded) -> None:
    """Shows in the run's grid whether everything requested could be read; nothing waits for it, and all is loaded by then.

    Green: everything was. Skipped (pink): not everything, the log says what, and the run ends in success. Red, and the run
    with it: of the box-office replies more were bad than `box_office_bad_share` allows.

    Raises:
        TooManyRejected: that share was crossed.
    """
    box_office, others = Findings(**loaded["box_office"]), Findings(**loaded["films_and_weeks"])
    if box_office.is_complete and others.is_complete:
        log.info("all %d replies could be read", box_office.requests + others.requests)
        return
    summary = f"box office: {box_office}; films and weeks: {others}"
    log.warning("not everything could be read: %s", summary)
    for example in (*box_office.examples, *others.examples):
        log.warning("rejected: %s", example)
    if box_office.share > (allowed := settings.bad_share()):
        raise TooManyRejected(
            f"{summary}. {box_office.share:.0%} of the box-office replies are bad, more than the {allowed:.0%} of the variable "
            f"`{settings.BAD_SHARE_VARIABLE}`; what could be read is loaded. Remedy: see raw_data.rejected_record; clear `plan` "
            "to capture these days anew."
        )
    raise AirflowSkipException(f"{summary}. The rest is loaded. Remedy: see raw_data.rejected_record.")


@task(task_id="publish", task_display_name="공개 · publish", outlets=[BOX_OFFICE])
def publish(loaded: Loaded) -> None:
    """Marks the asset `box_office` as updated: every model and test before this is green. Dashboards show the new tables."""
    log.info("published; rows loaded by this run: %s", loaded["rows"])
    _refresh_dashboards()


def _refresh_dashboards() -> None:
    """Makes Superset ask the warehouse again, if there is one; if it cannot be told, the tables are published all the same."""
    try:
        place = settings.superset()
        if place is None:
            log.info("no connection `%s`: dashboards show the new tables when their cache expires", settings.SUPERSET_CONNECTION)
        else:
            log.info("dashboards show the new tables: the cache of %d datasets is empty", forget_answers(place))
    except (BadSetting, NotRefreshed) as error:
        log.warning("published, but dashboards show the tables of before until their cache expires: %s", error)
