"""Brings the stack up and down."""

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Concatenate, ParamSpec

import boto3
from botocore.config import Config
from rich.console import Console

from include.kofic.lake import Lake
from include.kofic.rebuild import rebuild
from include.kofic.secret import Secret
from include.kofic.tables import Table
from include.kofic.warehouse.postgres import PostgresSettings, PostgresWarehouse
from local import airflow_env, postgres, processes, services, state, waiting
from local.airflow_api import AirflowApi
from local.state import LOGS, ROOT, Stack, StackError
from local.superset import server as superset

DAG_ID = "box_office_daily"
DATA_SERVERS = ("postgres", "s3", "simulator")

P = ParamSpec("P")


def up(name: str, recordings: Path | None, console: Console) -> Stack:
    """The stack of that name, running and healthy: as it is if it runs already, else started."""
    current = running_stack()
    if current and current.name == name and current.recordings == (str(recordings) if recordings else None):
        console.print(f"The stack is up: {current.airflow_url}")
        return current
    if current:
        console.print(f"Stopping the other stack ({current.name}) …")
        down(current)
    return start(name, recordings, console)


@dataclass(frozen=True)
class Overrides:
    """How a stack differs from the default: fields of the connection `warehouse`, environment variables of the servers, and
    options of `initdb`.
    """

    warehouse: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    initdb: Sequence[str] = ()


def start(name: str, recordings: Path | None, console: Console, overrides: Overrides | None = None) -> Stack:
    """Starts the stack of that name; others may run at the same time, on other ports."""
    stack = start_data(name, recordings, console, overrides)
    with _timed(console, "Airflow's metadata"):
        migrate(stack)
    with _timed(console, "Airflow: api-server, scheduler, dag-processor, triggerer"):
        processes.run(stack, services.airflow_servers(stack))
        api = AirflowApi(stack)
        for pool in airflow_env.airflow_settings()["pools"]:
            api.make_pool(pool["pool_name"], pool["pool_slot"], pool["pool_description"])
    return stack


def start_data(
    name: str,
    recordings: Path | None,
    console: Console,
    overrides: Overrides | None = None,
    servers: Collection[str] = DATA_SERVERS,
) -> Stack:
    """Starts the stack's data servers, or those named, with their databases and bucket; Airflow and Superset may follow."""
    stack, own = state.fresh(name, recordings), overrides or Overrides()
    environment = {**airflow_env.environment(stack, own.warehouse), **superset.environment(stack), **own.environment}
    airflow_env.write_login(stack)
    with _timed(console, f"data servers: {', '.join(servers)}"):
        if "postgres" in servers:
            postgres.make_cluster(stack, own.initdb)
        data = services.data_servers(stack)
        programs = [*data, *services.airflow_servers(stack), superset.program(stack)]
        processes.start(stack, programs, environment)
        processes.run(stack, [program for program in data if program.name in servers])
        if "postgres" in servers:
            postgres.make_databases(stack)
        if "s3" in servers:
            open_lake(stack).make_bucket()
    return stack


@contextmanager
def temporary(start: Callable[Concatenate[str, P], Stack], name: str, *args: P.args, **kwargs: P.kwargs) -> Iterator[Stack]:
    """The stack that `start(name, …)` brings up, for a test or a benchmark: without data at first, stopped and deleted at the
    end, even if it came up in part only. Its logs stay until the next one of that name starts.
    """
    _discard(name)
    for log in LOGS.glob(f"{name}-*"):
        shutil.rmtree(log) if log.is_dir() else log.unlink()
    try:
        yield start(name, *args, **kwargs)
    finally:
        _discard(name)


def _discard(name: str) -> None:
    if stack := state.stored(name):
        # The data is not needed any more, so the servers need no orderly shutdown.
        processes.end(stack)
        shutil.rmtree(stack.home)


def migrate(stack: Stack) -> None:
    """Creates or migrates Airflow's own tables.

    Raises:
        StackError: the command failed; the message names its log.
    """
    log = stack.log_file("airflow-migrate")
    with log.open("w") as output:
        command = [sys.executable, "-m", "airflow", "db", "migrate"]
        environment = airflow_env.environment(stack)
        done = subprocess.run(command, env=environment, cwd=ROOT, stdout=output, stderr=output, timeout=waiting.COMMAND)
    if done.returncode:
        raise StackError(f"`airflow db migrate` failed; see {log}")


def running_stack() -> Stack | None:
    """The stack that runs in this clone, or None. One that runs only in part is stopped."""
    for name in state.DEMO_STACKS:
        stack = state.stored(name)
        if stack and (processes.is_up(stack) or processes.own(stack)):
            wanted = {program.name for program in (*services.data_servers(stack), *services.airflow_servers(stack))}
            if processes.running(stack) >= wanted:
                return stack
            down(stack)
    return None


def down(stack: Stack) -> None:
    """Stops everything that the stack started."""
    processes.stop(stack)


def down_all() -> list[str]:
    """Stops the stacks of this clone, whatever state they are in; returns their names."""
    stopped = []
    for name in state.DEMO_STACKS:
        if stack := state.stored(name):
            if processes.is_up(stack) or processes.own(stack):
                stopped.append(name)
            down(stack)
    return stopped


def open_lake(stack: Stack) -> Lake:
    """The stack's bucket."""
    client = boto3.client(
        "s3",
        endpoint_url=f"http://127.0.0.1:{stack.ports['s3']}",
        aws_access_key_id=stack.secrets["s3_key"],
        aws_secret_access_key=stack.secrets["s3_secret"],
        region_name="ap-northeast-2",
        config=Config(retries={"max_attempts": 10, "mode": "standard"}),
    )
    return Lake(client, airflow_env.bucket())


def open_warehouse(stack: Stack) -> PostgresWarehouse:
    """The stack's warehouse."""
    settings = PostgresSettings("127.0.0.1", stack.ports["postgres"], "warehouse", "pipeline", Secret(stack.secrets["pipeline"]))
    return PostgresWarehouse(settings, open_lake(stack))


def rebuild_raw_layer(stack: Stack, console: Console) -> None:
    """Loads the whole lake into the warehouse again."""

    def progress(table: Table, rows: int) -> None:
        console.print(f"  {table.name}: {rows} rows")

    rebuild(open_lake(stack), open_warehouse(stack), progress)


@contextmanager
def _timed(console: Console, what: str) -> Iterator[None]:
    started = time.monotonic()
    with console.status(f"starting {what} …"):
        yield
    console.print(f"  up in {time.monotonic() - started:4.1f} s: {what}")
