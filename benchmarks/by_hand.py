"""What a morning does, in one process and one `dbt build`: extract, write to the lake, load.

    python -m benchmarks.by_hand FIRST LAST [--as-a-task]

In the environment of a stack. Its names are those of a run of its own. With --as-a-task it imports what the DAG's file imports,
and runs dbt in the same process.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from pathlib import Path

from include.kofic.batch import Batch
from include.kofic.calendar import DayRange, seoul_date, weeks_of_run
from include.kofic.client import KoficClient
from include.kofic.extract import collect_box_office, collect_movies, collect_weeks
from include.kofic.filters import FilterSet
from include.kofic.master_data import MASTER_DATA_VALID_DAYS, films_due
from include.kofic.replies import WEEKLY_BOX_OFFICE
from include.kofic.tables import DAILY_BOX_OFFICE, RAW_TABLES, table_named
from include.kofic.weeks import lists_due, over
from include.pipeline import settings
from local.state import ROOT


def main() -> None:
    is_a_task = "--as-a-task" in sys.argv
    if is_a_task:
        import_module("dags.box_office_daily")
    days = DayRange(*map(date.fromisoformat, sys.argv[1:3]))
    now = datetime.now(UTC)
    lake, warehouse = settings.lake(), settings.warehouse()

    async def collect() -> tuple[Batch, Batch, Batch]:
        async with KoficClient(settings.client_settings()) as client:
            listed = await collect_box_office(client, days, map(FilterSet.parse, settings.filter_sets()))
            charting = {row["movie_cd"] for row in listed.rows[DAILY_BOX_OFFICE.name]}
            fetched = warehouse.films_fetched_since(now - timedelta(days=MASTER_DATA_VALID_DAYS))
            films = await collect_movies(client, films_due(charting, fetched, now))
            sundays = weeks_of_run(days)
            answered = warehouse.answered_since(WEEKLY_BOX_OFFICE, over(sundays[0]))
            return listed, films, await collect_weeks(client, lists_due(sundays, answered, now))

    warehouse.ensure_tables(RAW_TABLES)
    for part, batch in zip(("days", "films", "weeks"), asyncio.run(collect()), strict=True):
        for table, written in lake.write(batch, seoul_date(now), f"by-hand-{now:%Y%m%dT%H%M%SZ}-{part}").items():
            warehouse.load(table_named(table), [written])
    with tempfile.TemporaryDirectory() as folder:
        place = [f"--project-dir={ROOT / 'include/dbt'}", f"--profiles-dir={ROOT / 'include/dbt'}"]
        place += [f"--target-path={folder}", f"--log-path={folder}"]
        words = ["--quiet", "build", "--exclude", "test_type:unit", *place]
        if not is_a_task:
            subprocess.run([Path(sys.executable).parent / "dbt", *words], check=True, env=os.environ)
        elif not import_module("dbt.cli.main").dbtRunner().invoke(words).success:
            raise SystemExit("dbt build failed")


if __name__ == "__main__":
    main()
