"""What a morning of the whole DAG takes after 1 and after 20 years of daily history, in turns.

    .venv/bin/python -m benchmarks.morning_of_dag

The stack of `make demo` runs on ports of its own. Each run begins with a copy of a warehouse that holds so many years of
made-up history, all of it built, and collects the last seven days from the simulator. It takes about twenty minutes on 2 cores
and 6 GB of disk.
"""

import argparse
from collections import Counter
from datetime import UTC, datetime, timedelta
from statistics import median

from benchmarks.stack import airflow_stack, dbt, let_copy_databases, run_dag, tell, warehouse_of
from include.kofic.calendar import yesterday
from local.airflow_api import AirflowApi
from local.lifecycle import DAG_ID
from tests.history import fill, make_indexes

NO_TESTS = ("--exclude", "resource_type:test", "resource_type:unit_test")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--years", type=int, nargs="+", default=[1, 20], help="lengths of history")
    parser.add_argument("--runs", type=int, default=3, help="runs after each")
    chosen = parser.parse_args()
    last = yesterday(datetime.now(UTC))
    week = {"start_date": str(last - timedelta(days=6)), "end_date": str(last)}
    seconds: dict[int, list[float]] = {years: [] for years in chosen.years}
    tasks: dict[int, Counter[str]] = {years: Counter() for years in chosen.years}
    with airflow_stack() as stack:
        api, warehouse = AirflowApi(stack), warehouse_of(stack)
        let_copy_databases(stack)
        warehouse.save_as("empty")
        for years in chosen.years:
            warehouse.start_from("empty")
            warehouse.create_raw_tables()
            fill(warehouse, years)
            make_indexes(warehouse)
            dbt(warehouse, f"{years} years, built", "build", *NO_TESTS)
            warehouse.execute("vacuum analyze")
            warehouse.save_as(f"years_{years}")
        api.wait_for_dag(DAG_ID)
        api.unpause(DAG_ID)
        tell(f"first run, not counted: {run_dag(api, week)[0]:.1f} s")
        for turn in range(chosen.runs):
            for years in chosen.years:
                warehouse.start_from(f"years_{years}")
                # PostgreSQL writes a copied database to disk at its next checkpoint: not while the run is measured.
                warehouse.execute("checkpoint")
                elapsed, of_tasks = run_dag(api, week)
                seconds[years].append(elapsed)
                tasks[years].update(of_tasks)
                tell(f"turn {turn + 1}, {years} years: {seconds[years][-1]:.1f} s")
    least, most = chosen.years[0], chosen.years[-1]
    tell(f"\nTasks that take longest after {most} years than after {least}, in seconds of one run:")
    for task, grown in (tasks[most] - tasks[least]).most_common(15):
        tell(f"  {task}: {grown / chosen.runs:.1f} more than {tasks[least][task] / chosen.runs:.1f}")
    first = median(seconds[least])
    tell("\n| years | runs, s | median, s | to the first |\n|---:|---|---:|---:|")
    for years, measured in seconds.items():
        runs = ", ".join(f"{each:.1f}" for each in measured)
        tell(f"| {years} | {runs} | {median(measured):.1f} | {median(measured) / first:.2f} |")


if __name__ == "__main__":
    main()
