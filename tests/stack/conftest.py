"""A whole stack of its own for the tests: S3 server, PostgreSQL, simulator and Airflow, fresh, on ports of its own."""

import shutil
from collections.abc import Iterator
from contextlib import closing

import pytest
from rich.console import Console

from local import lifecycle, postgres, processes, state
from local.airflow_api import AirflowApi
from local.state import LOCAL, Stack
from tests.conftest import SHARED
from tests.simulator import Simulator, made_up_world

WORLD = "test"


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """The stack, running; on the recordings where they are, else on the made-up world."""
    recordings = SHARED / "kofic-recordings"
    if old := state.stored(WORLD):
        lifecycle.down(old)
    shutil.rmtree(LOCAL / WORLD, ignore_errors=True)
    shutil.rmtree(state.LOGS / f"{WORLD}-airflow", ignore_errors=True)
    for log in state.LOGS.glob(f"{WORLD}-*.log"):
        log.unlink()
    running = lifecycle.start(WORLD, recordings if recordings.is_dir() else None, Console(stderr=True, width=160))
    try:
        yield running
    finally:
        lifecycle.down(running)
        assert processes.running(running) == set()


@pytest.fixture(scope="session")
def airflow(stack: Stack) -> AirflowApi:
    """Airflow's API."""
    api = AirflowApi(stack)
    api.wait_for_dag(lifecycle.DAG_ID)
    return api


@pytest.fixture
def stack_simulator(stack: Stack) -> Iterator[Simulator]:
    """The stack's simulator, healthy before and after."""
    simulator = Simulator(f"http://127.0.0.1:{stack.ports['simulator']}", stack.secrets["kofic"])
    simulator.reset()
    yield simulator
    simulator.reset()


@pytest.fixture(scope="session")
def _made_up_world() -> Iterator[Simulator]:
    with made_up_world("key-of-the-client-tests") as simulator:
        yield simulator


@pytest.fixture
def simulator(_made_up_world: Simulator) -> Simulator:
    """A simulator of the made-up world, in a process of its own."""
    _made_up_world.reset()
    return _made_up_world


@pytest.fixture(scope="session")
def query(stack: Stack):
    """Runs a query on the stack's warehouse and returns its rows."""

    def run(text: str, database: str = "warehouse", user: str = "pipeline") -> list[tuple]:
        with closing(postgres.connect(stack, database, user)) as connection, connection.cursor() as cursor:
            cursor.execute(text)
            return cursor.fetchall()

    return run
