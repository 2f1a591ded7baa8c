"""What tests share that start servers: scratch databases, and a look at the addresses where servers listen."""

import os
import socket
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from ipaddress import ip_address

import psutil
from rich.console import Console

from local import lifecycle, postgres
from local.state import Stack

OUTPUT = Console(stderr=True, width=160)
NO_SCHEDULE = {"AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE": "False"}
"""The environment of an Airflow that starts no run by itself. Else one would come at 10:30 in Seoul, whatever a test is counting.
And one after a first backfill, which Airflow takes for the last run of the schedule: the newest morning is due then. The schedule
has a stack of its own, in `stack/test_schedule.py`."""


@contextmanager
def scratch(*servers: str) -> Iterator[Stack]:
    """PostgreSQL, and the other data servers named, to make databases by the dozen: nothing waits for the disk, and the superuser
    `warehouse` needs no password.
    """
    name = f"scratch-{'-'.join(('postgres', *servers))}-{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
    with lifecycle.temporary(lifecycle.start_data, name, None, OUTPUT, _SCRATCH, ("postgres", *servers)) as stack:
        with closing(postgres.connect(stack, "postgres", "postgres")) as connection, connection.cursor() as cursor:
            cursor.execute("create role warehouse superuser login")
            cursor.execute("drop database warehouse")
            cursor.execute("create database warehouse owner warehouse")
            # Not the pipeline's zone: what dbt builds must not depend on the session's.
            cursor.execute("alter role warehouse set timezone = 'UTC'")
        yield stack


_SCRATCH = lifecycle.Overrides(initdb=("--auth=trust", "-c", "fsync=off", "-c", "autovacuum=off"))


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
