"""A whole stack of its own for the tests: S3 server, PostgreSQL, simulator and Airflow, fresh, on ports of its own."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from local import lifecycle, postgres
from local.airflow_api import AirflowApi
from local.lifecycle import Overrides
from local.state import Stack
from tests import servers
from tests.conftest import SHARED
from tests.simulator import Simulator, made_up_world

STACK = "test"


@pytest.fixture(scope="package")
def stack() -> Iterator[Stack]:
    """The stack, running; on the recordings where they are, else on the made-up world."""
    recordings = SHARED / "kofic-recordings"
    source = recordings if recordings.is_dir() else None
    overrides = Overrides(environment=servers.NO_SCHEDULE)
    with lifecycle.temporary(lifecycle.start, STACK, source, servers.OUTPUT, overrides) as running:
        yield running


@pytest.fixture(scope="package")
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


@pytest.fixture(scope="package")
def _made_up_world() -> Iterator[Simulator]:
    with made_up_world("key-of-the-client-tests") as simulator:
        yield simulator


@pytest.fixture
def simulator(_made_up_world: Simulator) -> Simulator:
    """A simulator of the made-up world, in a process of its own."""
    _made_up_world.reset()
    return _made_up_world


@pytest.fixture(scope="package")
def query(stack: Stack):
    """Runs a query on the stack's warehouse and returns its rows."""

    def run(text: str, database: str = "warehouse", user: str = "pipeline") -> list[tuple]:
        with closing(postgres.connect(stack, database, user)) as connection, connection.cursor() as cursor:
            cursor.execute(text)
            return cursor.fetchall()

    return run
