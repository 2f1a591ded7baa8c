"""What the benchmarks share: a PostgreSQL of their own, with data that is gone afterwards, and dbt on it."""

import os
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from adbc_driver_postgresql import dbapi
from rich.console import Console

from local import lifecycle, postgres, state
from local.airflow_api import AirflowApi
from local.lifecycle import DAG_ID, Differing
from local.state import LOCAL, Stack
from tests.dbt.warehouse import Warehouse

WORLD = "bench"


@dataclass(frozen=True)
class StackWarehouse(Warehouse):
    """The stack's warehouse, as its owner reaches it."""

    password: str = ""

    def _connect(self, database: str) -> dbapi.Connection:
        address = f"postgresql://pipeline:{self.password}@127.0.0.1:{self.port}/{database}"
        return dbapi.connect(address, autocommit=True)


@contextmanager
def _fresh(start: Callable[[], Stack]) -> Iterator[Stack]:
    if old := state.stored(WORLD):
        lifecycle.down(old)
    shutil.rmtree(LOCAL / WORLD, ignore_errors=True)
    stack = start()
    try:
        yield stack
    finally:
        lifecycle.down(stack)
        shutil.rmtree(LOCAL / WORLD, ignore_errors=True)


@contextmanager
def bench_stack() -> Iterator[Stack]:
    """PostgreSQL, on data of its own that is gone afterwards."""
    with _fresh(lambda: lifecycle.start_data(WORLD, None, Console())) as stack:
        yield stack


def let_copy_databases(stack: Stack) -> None:
    """Gives the warehouse's owner what `Warehouse.save_as` and `start_from` need: a copy may have to end an autovacuum."""
    connection = postgres.connect(stack, "postgres", "postgres")
    with connection.cursor() as cursor:
        cursor.execute("alter role pipeline superuser")
    connection.close()


@contextmanager
def airflow_stack() -> Iterator[Stack]:
    """The stack of `make demo` with Airflow, on data of its own that is gone afterwards; no schedule starts a run."""
    differing = Differing(environment={"AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE": "False"})
    with _fresh(lambda: lifecycle.start(WORLD, None, Console(), differing)) as stack:
        yield stack


def run_dag(api: AirflowApi, conf: Mapping[str, Any]) -> tuple[float, Counter[str]]:
    """Runs the DAG; its wall time from start to end as Airflow has them, and the seconds of each task."""
    run = api.wait_for_run(DAG_ID, api.trigger(DAG_ID, conf))
    if run["state"] != "success":
        raise SystemExit(f"the run {run['dag_run_id']} failed")
    tasks: Counter[str] = Counter()
    for instance in api.task_instances(DAG_ID, run["dag_run_id"]):
        tasks[instance["task_id"]] += instance["duration"] or 0
    return (datetime.fromisoformat(run["end_date"]) - datetime.fromisoformat(run["start_date"])).total_seconds(), tasks


def tell(*words: object) -> None:
    print(*words, flush=True)  # noqa: T201


def dbt(warehouse: Warehouse, what: str, *arguments: str) -> float:
    """Runs dbt, tells how long it took and which nodes took the longest, and returns the seconds."""
    start = time.perf_counter()
    done = warehouse.dbt(*arguments)
    if not done.success:
        raise SystemExit(f"{what} failed: {done.complaints}")
    seconds = time.perf_counter() - start
    tell(f"{what}: {seconds:.1f} s")
    slowest = sorted(done.nodes, key=lambda node: -node.seconds)[:12]
    tell("  " + ", ".join(f"{node.name} {node.seconds:.1f}" for node in slowest))
    return seconds


def warehouse_of(stack: Stack) -> StackWarehouse:
    """The stack's warehouse, with dbt's profile pointed at it."""
    os.environ |= {
        "WAREHOUSE_HOST": "127.0.0.1",
        "WAREHOUSE_PORT": str(stack.ports["postgres"]),
        "WAREHOUSE_USER": "pipeline",
        "WAREHOUSE_PASSWORD": stack.secrets["pipeline"],
        "DO_NOT_TRACK": "1",
    }
    return StackWarehouse(stack.ports["postgres"], stack.home / "dbt", stack.secrets["pipeline"])
