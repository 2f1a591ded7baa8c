"""Twenty years of lake into the raw tables of a new warehouse, by `make rebuild` and by `\\copy`; and 2 million rows at once.

    .venv/bin/python -m benchmarks.lake_20_years [--years 20]

Each morning's objects hold the seven days before it under five filter sets, as the pipeline writes them; what is in them is
made up. Each way is done once: writing the objects alone takes minutes.
"""

import argparse
import io
import time
from collections import deque
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pyarrow.csv
from rich.progress import track

from benchmarks.measure import Row, show
from benchmarks.short import load
from benchmarks.stack import bench_stack, tell
from include.kofic.batch import box_office_batch, movie_batch
from include.kofic.lake import Lake
from include.kofic.rebuild import rebuild
from include.kofic.tables import API_CALL, DAILY_BOX_OFFICE, RAW_TABLES
from local import lifecycle, postgres
from local.state import Stack
from tests.history import CAPTURES, MORNING, daily_lists, made_up_films, master_data


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--years", type=int, default=20, help="length of history")
    years = parser.parse_args().years
    rows = load(2_000_000, runs=1)
    with bench_stack() as stack:
        lake, warehouse = lifecycle.open_lake(stack), lifecycle.open_warehouse(stack)
        fill_lake(lake, years)
        warehouse.ensure_tables(RAW_TABLES)
        copied = _by_copy(stack, lake)
        started = time.perf_counter()
        rebuild(lake, warehouse, lambda table, count: None)
        ours = time.perf_counter() - started
        _expect_the_same(stack)
    rows.append(Row(f"raw tables of {years} years from the lake", (ours,), "the same objects by `\\copy`", (copied,), 1.3))
    show(rows)


def fill_lake(lake: Lake, years: int) -> None:
    """The objects of so many years of mornings, and one of all films."""
    films = made_up_films(years)
    week: deque[list[dict[str, object]]] = deque(maxlen=CAPTURES)
    for day in track(daily_lists(films, years), "lake", total=years * 365, transient=True):
        week.append(day)
        target_date = day[0]["target_date"]
        captured_at = datetime.combine(target_date + timedelta(days=1), datetime.min.time(), UTC) + MORNING
        batch = box_office_batch()
        batch.rows[DAILY_BOX_OFFICE.name] = [row | {"captured_at": captured_at} for each in week for row in each]
        call = {"endpoint": "boxoffice/searchDailyBoxOfficeList", "attempts": 1, "records": 10, "rejected": 0, "elapsed_ms": 300}
        batch.rows[API_CALL.name] = [call | {"params": f'{{"n": {n}}}', "captured_at": captured_at} for n in range(35)]
        lake.write(batch, captured_at.date(), "morning")
    batch = movie_batch()
    for name, listed in master_data(films).items():
        batch.rows[name] = [row | {"captured_at": captured_at} for row in listed]
    lake.write(batch, captured_at.date(), "films")


def _by_copy(stack: Stack, lake: Lake) -> float:
    """The seconds that one process takes to read each object and to write its rows by COPY of CSV, as psql's `\\copy` does."""
    with closing(postgres.connect(stack, "warehouse", "pipeline")) as connection, connection.cursor() as cursor:
        cursor.execute("create schema copied")
        for table in RAW_TABLES:
            cursor.execute(f"create table copied.{table.name} (like raw_data.{table.name} including indexes)")
        started = time.perf_counter()
        for table in RAW_TABLES:
            for each in lake.objects(table):
                if each.rows:
                    csv = io.BytesIO()
                    pyarrow.csv.write_csv(lake.read(each), csv, pyarrow.csv.WriteOptions(include_header=False))
                    csv.seek(0)
                    cursor.copy_expert(f"copy copied.{table.name} from stdin csv", csv)
        return time.perf_counter() - started


def _expect_the_same(stack: Stack) -> None:
    with closing(postgres.connect(stack, "warehouse", "pipeline")) as connection, connection.cursor() as cursor:
        for table in RAW_TABLES:
            cursor.execute(f"select (select count(*) from raw_data.{table.name}), (select count(*) from copied.{table.name})")
            ours, theirs = cursor.fetchone() or (None, None)
            if ours != theirs:
                raise SystemExit(f"{table.name}: {ours} rows rebuilt, {theirs} copied")
            tell(f"{table.name}: {ours:,} rows")


if __name__ == "__main__":
    main()
