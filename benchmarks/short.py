"""The short comparisons: `make bench`. Each is done five times, in turns with what it is held against.

.venv/bin/python -m benchmarks.short [NAME …]
"""

import argparse
import asyncio
import gzip
import io
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
from ephemeral_port_reserve import reserve

from benchmarks import api, peers
from benchmarks.measure import Row, in_turns, show
from benchmarks.stack import airflow_stack, bench_stack, run_dag, tell, warehouse_of
from include.kofic import lake as lakes
from include.kofic.batch import box_office_batch
from include.kofic.calendar import DayRange, yesterday
from include.kofic.client import ClientSettings, KoficClient
from include.kofic.extract import collect_box_office
from include.kofic.filters import DEFAULT_FILTER_SETS, FilterSet
from include.kofic.parse import add_daily_reply
from include.kofic.replies import DAILY_BOX_OFFICE, Reply, unwrap
from include.kofic.secret import Secret
from include.kofic.tables import DAILY_BOX_OFFICE as TABLE
from include.kofic.tables import RAW_TABLES
from local import airflow_env, lifecycle, postgres, processes, waiting
from local.airflow_api import AirflowApi
from local.lifecycle import DAG_ID
from local.state import ROOT, Stack

RUNS = 5
FILTERS = tuple(FilterSet.parse(name) for name in DEFAULT_FILTER_SETS)
SECONDS_OF_AN_ANSWER = 0.1


def _half_a_year() -> list[tuple[FilterSet, date, dict[str, str], bytes]]:
    """Made-up replies of 182 days under five filter sets: 910 of 3.9 KB."""
    found = []
    for number in range(182):
        day = date(2024, 1, 1) + timedelta(days=number)
        for filters in FILTERS:
            ((params, body),) = api.bodies([f"{day:%Y%m%d}"], (dict(filters.params),))
            found.append((filters, day, params, body))
    return found


def _table(replies: list[tuple[FilterSet, date, dict[str, str], bytes]]) -> pa.Table:
    """The replies as Arrow, as an extraction makes it, each captured a third of a second after the one before."""
    for table in RAW_TABLES:
        # A task begins without what another one remembers.
        table.__dict__.pop("readers", None)
    batch, captured_at = box_office_batch(), datetime(2024, 7, 1, 1, 30, tzinfo=UTC)
    for filters, day, params, body in replies:
        captured_at += timedelta(seconds=0.337)
        reply = Reply(DAILY_BOX_OFFICE, params, unwrap(DAILY_BOX_OFFICE, body, params), captured_at, 1, 300)
        add_daily_reply(batch, reply, day, filters)
    return batch.table(TABLE, "s3://airflow-project3/raw/daily_box_office/captured_on=2024-07-01/scheduled--2024-01.parquet")


def replies_to_arrow() -> list[Row]:
    replies = _half_a_year()

    def loads() -> None:
        for *_, body in replies:
            json.loads(body)

    def ours() -> None:
        _table(replies)

    measured = in_turns(RUNS, ours=ours, loads=loads)
    return [Row("910 replies → Arrow", measured["ours"], "`json.loads` of the same bytes", measured["loads"], 4)]


class _Put:
    """In the place of S3's client: keeps what is put."""

    def put_object(self, **what: object) -> None:
        self.body = what["Body"]


def lake_size() -> list[Row]:
    rows = _table(_half_a_year())
    client, csv = _Put(), io.BytesIO()
    lakes.Lake(client, "bucket")._put("key", rows)  # type: ignore[arg-type]
    pyarrow.csv.write_csv(rows, csv)
    packed = float(len(gzip.compress(csv.getvalue())))
    ours, whole = (float(len(client.body)),), (float(len(csv.getvalue())),)  # type: ignore[arg-type]
    return [
        Row("an object of half a year", ours, "CSV of the same rows", whole, 0.10, "bytes"),
        Row("an object of half a year", ours, "csv.gz of the same rows", (packed,), 1, "bytes"),
    ]


@contextmanager
def _api() -> Iterator[int]:
    port = reserve()
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.api", str(port), str(SECONDS_OF_AN_ANSWER)], cwd=ROOT)
    try:
        waiting.until(lambda: _listens(port), waiting.STARTED, lambda: "the server does not answer")
        yield port
    finally:
        process.terminate()
        process.wait(waiting.STOPPED)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def extraction() -> list[Row]:
    rows = []
    with _api() as port:
        for at_once, days in ((4, 32), (16, 128)):
            calls = days * len(FILTERS)
            ours = partial(_collect, port, at_once, days)
            measured = in_turns(
                RUNS,
                ours=ours,
                dlt=partial(peers.seconds, "dlt_extract", port, calls, at_once),
                requests=partial(peers.seconds, "requests_loop", port, 40),
            )
            what, ideal = f"{calls} calls of 0.1 s, {at_once} at a time", (SECONDS_OF_AN_ANSWER * calls / at_once,)
            loop = tuple(seconds * calls / 40 for seconds in measured["requests"])
            rows += [
                Row(what, measured["ours"], "nothing but the answers' time", ideal, 1 / 0.95),
                Row(what, measured["ours"], "dlt, as many at a time", measured["dlt"], 1),
                Row(what, measured["ours"], "a loop of `requests` (40 calls, scaled)", loop, 1),
            ]
    return rows


def _collect(port: int, at_once: int, days: int) -> None:
    settings = ClientSettings(
        Secret("0123456789abcdef"), base_url=f"http://127.0.0.1:{port}", concurrency=at_once, calls_per_second=1e6
    )

    async def collect() -> None:
        async with KoficClient(settings) as client:
            span = DayRange(date(2024, 1, 1), date(2024, 1, 1) + timedelta(days=days - 1))
            batch = await collect_box_office(client, span, FILTERS)
            assert len(batch.rows[TABLE.name]) == 10 * days * len(FILTERS)

    asyncio.run(collect())


def load(rows: int = 200_000, runs: int = RUNS) -> list[Row]:
    """The same rows into a table with the same indexes, by the loader, by `\\copy` from CSV, by dlt in two ways."""
    half = _table(_half_a_year())
    whole = pa.concat_tables([half] * (rows // half.num_rows + 1)).slice(0, rows)
    with bench_stack() as stack, tempfile.TemporaryDirectory() as folder:
        warehouse, lake = lifecycle.open_warehouse(stack), lifecycle.open_lake(stack)
        warehouse.ensure_tables([TABLE])
        key = whole["source_object"][0].as_py().removeprefix(f"s3://{lake.bucket}/")
        stored = lake._put(key, whole)
        csv, parquet = Path(folder, "rows.csv"), Path(folder, "rows.parquet")
        pyarrow.csv.write_csv(whole, csv, pyarrow.csv.WriteOptions(include_header=False))
        pq.write_table(whole, parquet)
        few = rows // 20
        psql = partial(_psql, stack)
        psql("create table raw_data.copied (like raw_data.daily_box_office including indexes)")

        def ours() -> float:
            psql("truncate raw_data.daily_box_office")
            started = time.perf_counter()
            assert warehouse.load(TABLE, [stored]) == rows
            return time.perf_counter() - started

        def copy() -> float:
            psql("truncate raw_data.copied")
            started = time.perf_counter()
            psql(f"\\copy raw_data.copied from '{csv}' csv")
            return time.perf_counter() - started

        def by_dlt(how: str, count: int) -> float:
            psql("drop schema if exists by_dlt cascade")
            address = f"postgresql://postgres:{stack.secrets['postgres']}@127.0.0.1:{stack.ports['postgres']}/warehouse"
            return peers.seconds("dlt_load", how, parquet, count, DESTINATION=address) * rows / count

        measured = in_turns(
            runs, ours=ours, copy=copy, arrow=partial(by_dlt, "arrow", rows), records=partial(by_dlt, "records", few)
        )
    what = f"load of {rows:,} rows"
    return [
        Row(what, measured["ours"], "`\\copy` of their CSV", measured["copy"], 1.3),
        Row(what, measured["ours"], f"dlt, records ({few:,} of them, scaled; no index)", measured["records"], 0.2),
        Row(what, measured["ours"], "dlt at its fastest (Arrow, CSV into COPY; no index)", measured["arrow"], 0.2),
    ]


def _psql(stack: Stack, command: str) -> None:
    words = [*postgres.binary("psql"), "-q", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(stack.ports["postgres"])]
    environment = {**os.environ, "PGPASSWORD": stack.secrets["postgres"]}
    subprocess.run([*words, "-U", "postgres", "-d", "warehouse", "-c", command], env=environment, check=True)


MODELS = 500
IMPORTS = """
import pathlib, airflow.sdk, cosmos, include.pipeline.tasks, include.pipeline.transform
from airflow.models import Variable
Variable.get("none", None)
"""
"""What the DAG's file imports. And a Variable is read: a DAG processor asks its parent for one, but a process of its own sets up
Airflow's database models first, which takes longer than all else and is no part of parsing in a stack."""


def stack_rows() -> list[Row]:
    """What needs Airflow: parsing the DAG, one model cleared, the idle stack."""
    with airflow_stack() as stack:
        airflow = AirflowApi(stack)
        airflow.wait_for_dag(DAG_ID)
        airflow.unpause(DAG_ID)
        last = yesterday(datetime.now(UTC))
        run_dag(airflow, {"start_date": str(last - timedelta(days=6)), "end_date": str(last)})
        return [*_idle(stack), *_cleared_model(stack, airflow), *_parse(stack)]


def _parse(stack: Stack) -> list[Row]:
    environment = airflow_env.environment(stack)

    def python(code: str) -> None:
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)

    dag = f"{IMPORTS}\nimport dags.box_office_daily"
    python(dag)
    measured = in_turns(RUNS, ours=partial(python, dag), imports=partial(python, IMPORTS))
    with tempfile.TemporaryDirectory() as folder:
        project = f"include.pipeline.transform.DBT_PROJECT = pathlib.Path({str(_large_project(Path(folder)))!r})"
        large = f"{IMPORTS}\n{project}\nimport dags.box_office_daily"
        # Cosmos keeps what `dbt ls` says of one project in each DAG: of this one from now on.
        python(large)
        of_large = in_turns(RUNS, ours=partial(python, large), imports=partial(python, IMPORTS))
    imports = median(of_large["imports"])
    each = tuple((seconds - imports) * 1000 / MODELS for seconds in of_large["ours"])
    return [
        Row("parse of the DAG's file", measured["ours"], "its imports alone", measured["imports"], 1.15),
        Row(f"parse, each of {MODELS} models", each, "a millisecond", (1,), 1, "ms"),
    ]


def _large_project(folder: Path) -> Path:
    """The dbt project with so many models that there are 500, each of the new ones on the one before it."""
    project = folder / "dbt"
    shutil.copytree(ROOT / "include" / "dbt", project, ignore=shutil.ignore_patterns("target", "logs"))
    for number in range(MODELS - len(list(project.rglob("models/**/*.sql")))):
        before = f"added_{number - 1}" if number else "film_performance"
        (project / "models" / f"added_{number}.sql").write_text(f"select 1 as one from {{{{ ref('{before}') }}}}")
    return project


def _cleared_model(stack: Stack, airflow: AirflowApi) -> list[Row]:
    model = "film_performance"
    (run,) = airflow.runs(DAG_ID)
    task = f"transform.{model}.run"
    environment = airflow_env.environment(stack) | warehouse_of(stack).profile
    place = [f"--project-dir={ROOT / 'include/dbt'}", f"--profiles-dir={ROOT / 'include/dbt'}"]

    def cleared() -> float:
        body = {"dry_run": False, "task_ids": [task], "dag_run_id": run["dag_run_id"], "only_failed": False}
        airflow.call("POST", f"dags/{DAG_ID}/clearTaskInstances", body)
        airflow.wait_for_run(DAG_ID, run["dag_run_id"])
        (instance,) = (each for each in airflow.task_instances(DAG_ID, run["dag_run_id"]) if each["task_id"] == task)
        return float(instance["duration"])

    def by_hand() -> None:
        with tempfile.TemporaryDirectory() as folder:
            command = [str(Path(sys.executable).parent / "dbt"), "--quiet", "run", "-s", model, *place]
            subprocess.run([*command, f"--target-path={folder}", f"--log-path={folder}"], env=environment, check=True)

    measured = in_turns(RUNS, ours=cleared, by_hand=by_hand)
    return [Row("one model cleared: its task", measured["ours"], "`dbt run -s` of it", measured["by_hand"], 1)]


def _idle(stack: Stack) -> list[Row]:
    """The share of a core that the stack takes when nothing runs, in half a minute each."""

    def used() -> float:
        return sum(sum(process.cpu_times()[:4]) for process in processes.own(stack))

    def share() -> float:
        before, started = used(), time.perf_counter()
        time.sleep(30)
        return (used() - before) / (time.perf_counter() - started)

    measured = in_turns(3, ours=share)
    return [Row("the idle stack", measured["ours"], "the share that was seen before", (0.20,), 0.5, "cores")]


ALL: Mapping[str, Callable[[], list[Row]]] = {
    each.__name__: each for each in (replies_to_arrow, lake_size, extraction, load, stack_rows)
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", default=list(ALL), metavar="NAME", help=f"which of {', '.join(ALL)}; all without")
    names = parser.parse_args().names
    if unknown := set(names) - set(ALL):
        parser.error(f"no comparison is called {', '.join(sorted(unknown))}")
    rows = []
    for name in names:
        started = time.perf_counter()
        found = ALL[name]()
        tell(f"{name}: {time.perf_counter() - started:.0f} s")
        show(found)
        rows += found
    tell(f"\nAll, {RUNS} times each, medians (least to greatest):\n")
    show(rows)


if __name__ == "__main__":
    main()
