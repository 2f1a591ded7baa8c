"""Stacks of the tests' own: fresh, on ports that no other process is given, and gone with all that they started."""

import shutil
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from ipaddress import ip_address

import psutil
from rich.console import Console

from local import lifecycle, processes, state
from local.state import LOCAL, LOGS, Stack

OUTPUT = Console(stderr=True, width=160)
NO_SCHEDULE = {"AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE": "False"}
"""The environment of an Airflow that starts no run by itself. Else one would come at 10:30 in Seoul, whatever a test is counting.
And one after a first backfill, which Airflow takes for the last run of the schedule: the newest morning is due then. The schedule
has a stack of its own, in `stack/test_schedule.py`."""


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


def listening(family: Iterable[psutil.Process]) -> set[tuple[str, int]]:
    """The addresses and ports at which these processes wait for others, over TCP or UDP."""
    found = set()
    for process in family:
        with suppress(psutil.NoSuchProcess):
            for each in process.net_connections(kind="inet"):
                if each.status == psutil.CONN_LISTEN or (each.type == socket.SOCK_DGRAM and not each.raddr):
                    found.add((each.laddr.ip, each.laddr.port))
    return found


def beyond_loopback(addresses: Iterable[tuple[str, int]]) -> set[tuple[str, int]]:
    """Those of the addresses that another machine could reach."""
    return {(address, port) for address, port in addresses if not ip_address(address).is_loopback}
