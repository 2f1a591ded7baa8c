"""What the benchmarks share: a PostgreSQL of their own, with data that is gone afterwards, and dbt on it."""

import time
from collections import Counter
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from rich.console import Console

from local import lifecycle, postgres
from local.airflow_api import AirflowApi
from local.lifecycle import DAG_ID, Overrides
from local.state import Stack
from tests.dbt.warehouse import Warehouse
from tests.servers import NO_SCHEDULE

WORLD = "bench"


def bench_stack() -> AbstractContextManager[Stack]:
    """PostgreSQL and the S3 server, with data that is gone afterwards."""
    return lifecycle.temporary(lifecycle.start_data, WORLD, None, Console(), servers=("postgres", "s3"))


def airflow_stack() -> AbstractContextManager[Stack]:
    """The stack of `make demo` with Airflow, with data that is gone afterwards; no schedule starts a run."""
    return lifecycle.temporary(lifecycle.start, WORLD, None, Console(), Overrides(environment=NO_SCHEDULE))


def let_copy_databases(stack: Stack) -> None:
    """Gives the warehouse's owner what `Warehouse.save_as` and `start_from` need: a copy may have to end an autovacuum."""
    connection = postgres.connect(stack, "postgres", "postgres")
    with connection.cursor() as cursor:
        cursor.execute("alter role pipeline superuser")
    connection.close()


def run_dag(api: AirflowApi, conf: Mapping[str, Any], dag_id: str = DAG_ID) -> tuple[float, Counter[str]]:
    """Runs the DAG; its wall time from start to end as Airflow has them, and the seconds of each task."""
    run = api.wait_for_run(dag_id, api.trigger(dag_id, conf))
    if run["state"] != "success":
        raise SystemExit(f"the run {run['dag_run_id']} failed")
    tasks: Counter[str] = Counter()
    for instance in api.task_instances(dag_id, run["dag_run_id"]):
        tasks[instance["task_id"]] += instance["duration"] or 0
    return (datetime.fromisoformat(run["end_date"]) - datetime.fromisoformat(run["start_date"])).total_seconds(), tasks


def tell(*words: object) -> None:
    print(*words, flush=True)  # noqa: T201


def dbt(warehouse: Warehouse, what: str, *arguments: str) -> float:
    """Runs dbt, tells how long it took and which nodes took the longest, and returns the seconds."""
    start = time.perf_counter()
    done = warehouse.dbt(*arguments)
    if not done.success:
        raise SystemExit(f"{what} failed: {done.failures}")
    seconds = time.perf_counter() - start
    tell(f"{what}: {seconds:.1f} s")
    slowest = sorted(done.nodes, key=lambda node: -node.seconds)[:12]
    tell("  " + ", ".join(f"{node.name} {node.seconds:.1f}" for node in slowest))
    return seconds


def warehouse_of(stack: Stack) -> Warehouse:
    """The stack's warehouse, with dbt on it."""
    return Warehouse.of_stack(stack, stack.home / "dbt")
