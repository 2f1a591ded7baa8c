"""What the dashboards cost on 20 years of daily history: each chart's own query, and the way to the last chart.

    .venv/bin/python -m benchmarks.dashboards_20_years

A stack of its own (PostgreSQL and Superset, `.local/bench`) is filled with made-up films and lists and built with `dbt build`.
Then every dashboard is opened in Chromium, and the SQL that Superset wrote for each chart is asked of PostgreSQL directly.
It takes about ten minutes and 3 GB of disk. Nothing here is KOFIC's.
"""

import argparse
import shutil
import statistics
import time
from contextlib import closing
from typing import Any

from playwright.sync_api import sync_playwright
from rich.console import Console

from benchmarks.stack import bench_stack, dbt, tell, warehouse_of
from local import postgres
from local.state import Stack
from local.superset import bundle, dashboards, server
from local.superset.api import SupersetApi
from tests.browser.conftest import FLAGS, context_of
from tests.browser.seen import opened, signed_in
from tests.history import FILMS_A_YEAR, fill, make_indexes

YEARS = 20
CHART_MS = 300
DASHBOARD_SECONDS = 6.0


def open_every_dashboard(stack: Stack, times: int) -> tuple[dict[str, list[float]], dict[str, list[str]]]:
    """By dashboard the seconds to its last chart, each time in a new window; by chart the SQL of its queries."""
    names = {each["id"]: each["slice_name"] for each in SupersetApi(stack).listed("chart")}
    slugs = [each["slug"] for place, each in bundle.parsed(bundle.read()).items() if place.startswith("dashboards/")]
    seconds: dict[str, list[float]] = {slug: [] for slug in slugs}
    queries: dict[str, list[str]] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        with context_of(browser) as context:
            session = signed_in(context, stack, server.ADMIN, "welcome")
        for _ in range(times):
            for slug in slugs:
                with context_of(browser, viewport={"width": 1440, "height": 4000}, storage_state=session) as context:
                    start = time.perf_counter()
                    with opened(context, stack, slug) as seen:
                        seconds[slug].append(time.perf_counter() - start)
                        for number, answer in seen.take_answers().items():
                            queries[names[number]] = [each["query"] for each in answer.answered]
        browser.close()
    return seconds, queries


def milliseconds(cursor: Any, query: str, times: int) -> tuple[float, int]:
    """The median time of a query, fetched to its last row, and how many rows it has."""
    taken, found = [], 0
    for _ in range(times):
        start = time.perf_counter()
        cursor.execute(query)
        found = len(cursor.fetchall())
        taken.append(1000 * (time.perf_counter() - start))
    return statistics.median(taken), found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=9, help="runs of each query; the median counts")
    parser.add_argument("--openings", type=int, default=3, help="openings of each dashboard; the median counts")
    options = parser.parse_args()
    with bench_stack() as stack:
        warehouse = warehouse_of(stack)
        warehouse.create_raw_tables()
        start = time.perf_counter()
        fill(warehouse, YEARS)
        make_indexes(warehouse)
        captures = warehouse.value("select count(*) from raw_data.daily_box_office")
        tell(f"filled: {captures:,} captured rows, {FILMS_A_YEAR * YEARS:,} films: {time.perf_counter() - start:.0f} s")
        dbt(warehouse, "first dbt build, with its data tests", "build", "--exclude", "test_type:unit")

        server.start(stack, Console())
        dashboards.bring(stack)
        seconds, queries = open_every_dashboard(stack, options.openings)
        tell(f"\n| dashboard | to its last chart, median of {options.openings}, s | slowest, s |\n|---|---:|---:|")
        for slug, taken in seconds.items():
            tell(f"| {slug} | {statistics.median(taken):.1f} | {max(taken):.1f} |")
        tell(f"\n| chart's query | rows | median of {options.times}, ms |\n|---|---:|---:|")
        slow = [slug for slug, taken in seconds.items() if statistics.median(taken) >= DASHBOARD_SECONDS]
        with closing(postgres.connect(stack, "warehouse", postgres.READER)) as connection, connection.cursor() as cursor:
            for name, asked in sorted(queries.items()):
                for query in asked:
                    median, found = milliseconds(cursor, query, options.times)
                    tell(f"| {name} | {found:,} | {median:.1f} |")
                    if median >= CHART_MS:
                        slow.append(name)

    tell(f"\nover {CHART_MS} ms or {DASHBOARD_SECONDS} s: {', '.join(slow) or 'none'}")
    raise SystemExit(1 if slow else 0)


if __name__ == "__main__":
    main()
