"""A whole stack of its own for the tests: S3 server, PostgreSQL, simulator and Airflow, fresh, on ports of its own."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import libfaketime
import pytest

from local import lifecycle, postgres
from local.airflow_api import AirflowApi
from local.state import Stack
from tests import servers
from tests.conftest import SHARED
from tests.simulator import Simulator, made_up_world

WORLD = "test"


@dataclass(frozen=True)
class Clock:
    """A wall clock that can be moved, for the processes that are given its environment."""

    file: Path

    @property
    def environment(self) -> dict[str, str]:
        """What a server needs to go by this clock."""
        library = Path(libfaketime.__file__).parent / "vendor" / "libfaketime" / "src" / "libfaketime.so.1"
        return {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_CACHE_DURATION": "1",
            "DONT_FAKE_MONOTONIC": "1",
        }

    def set(self, moment: datetime | None) -> None:
        """Goes on from that moment, or from the real one."""
        ahead = (moment - datetime.now(UTC)).total_seconds() if moment else 0
        self.file.write_text(f"{ahead:+.0f}")


@pytest.fixture(scope="package")
def stack() -> Iterator[Stack]:
    """The stack, running; on the recordings where they are, else on the made-up world."""
    recordings = SHARED / "kofic-recordings"
    source = recordings if recordings.is_dir() else None
    with servers.fresh(WORLD, lambda: lifecycle.start(WORLD, source, servers.OUTPUT)) as running:
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
