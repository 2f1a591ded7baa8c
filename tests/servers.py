"""Stacks of the tests' own: fresh, on ports that no other process is given, and gone with all that they started."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console

from local import lifecycle, processes, state
from local.state import LOCAL, LOGS, Stack

OUTPUT = Console(stderr=True, width=160)


@contextmanager
def fresh(world: str, start: Callable[[], Stack]) -> Iterator[Stack]:
    """The stack of that world, without what an earlier one left; stopped at the end."""
    if old := state.stored(world):
        lifecycle.down(old)
    for folder in (LOCAL / world, LOGS / f"{world}-airflow"):
        shutil.rmtree(folder, ignore_errors=True)
    for log in LOGS.glob(f"{world}-*.log"):
        log.unlink()
    stack = start()
    try:
        yield stack
    finally:
        lifecycle.down(stack)
        assert processes.running(stack) == set()
