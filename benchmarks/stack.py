"""What the benchmarks share: a PostgreSQL of their own, with data that is gone afterwards, and dbt on it."""

import time
from contextlib import AbstractContextManager

from rich.console import Console

from local import lifecycle
from local.state import Stack
from tests.dbt.warehouse import Warehouse


def bench_stack() -> AbstractContextManager[Stack]:
    """PostgreSQL, with data that is gone afterwards."""
    return lifecycle.temporary(lifecycle.start_data, "bench", None, Console(), servers=("postgres",))


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
