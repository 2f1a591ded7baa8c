"""A whole stack of its own for the tests: S3 server, PostgreSQL, simulator and Airflow, fresh, on ports of its own."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest
from rich.console import Console

from local import lifecycle, postgres, processes, state
from local.airflow_api import AirflowApi
from local.state import LOCAL, ROOT, Stack
from tests.conftest import SHARED

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


class Simulator:
    """The admin side of a simulator."""

    def __init__(self, url: str, key: str) -> None:
        self.url = url
        self.key = key
        self._http = httpx.Client(base_url=url, timeout=10, trust_env=False)

    def set(self, what: str, **values: object) -> None:
        """PUT /admin/<what>."""
        self._http.put(f"/admin/{what}", json=values).raise_for_status()

    def stats(self) -> dict:
        """What it was asked."""
        return self._http.get("/admin/stats").raise_for_status().json()

    def reset(self) -> None:
        """No trouble, no statistics, a whole quota, the real clock."""
        self._http.delete("/admin/faults").raise_for_status()
        self._http.delete("/admin/stats").raise_for_status()
        self.set("quota", daily_calls=1_000_000, used=0)
        self.set("clock", now=None)


@pytest.fixture
def stack_simulator(stack: Stack) -> Iterator[Simulator]:
    """The stack's simulator, healthy before and after."""
    simulator = Simulator(f"http://127.0.0.1:{stack.ports['simulator']}", stack.secrets["kofic"])
    simulator.reset()
    yield simulator
    simulator.reset()


@pytest.fixture(scope="session")
def _made_up_world() -> Iterator[Simulator]:
    key = "key-of-the-client-tests"
    server = subprocess.Popen(
        [sys.executable, "-m", "include.kofic_simulator"],
        cwd=ROOT,
        env={**os.environ, "KOFIC_SIMULATOR_KEYS": key, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        url = server.stdout.readline().split()[-1]
        deadline = time.monotonic() + 20
        while True:
            try:
                httpx.get(f"{url}/healthz", trust_env=False).raise_for_status()
                break
            except httpx.HTTPError:
                assert time.monotonic() < deadline, "the simulator does not answer"
        yield Simulator(url, key)
    finally:
        server.terminate()
        server.wait(10)


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
