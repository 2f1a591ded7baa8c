"""What the simulator's tests share: the real replies beside the project (read only, never part of it), and running servers."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from include.kofic_simulator.app import API_ROOT, Settings, create_app
from include.kofic_simulator.server import running

SHARED = Path(__file__).parents[3].parent / "shared"
KEY = "0123456789abcdef-test-key"


class Api:
    """A client of one running simulator."""

    def __init__(self, url: str) -> None:
        self.client = httpx.Client(base_url=url, timeout=10, trust_env=False)

    def call(self, endpoint: str, key: str | None = KEY, **params: str) -> httpx.Response:
        """Call an API endpoint."""
        sent = params if key is None else {**params, "key": key}
        return self.client.get(f"{API_ROOT}/{endpoint}.json", params=sent)

    def put(self, name: str, body: Any) -> httpx.Response:
        """Call an admin endpoint."""
        return self.client.put(f"/admin/{name}", json=body)

    def stats(self) -> Any:
        """What the simulator has counted."""
        return self.client.get("/admin/stats").json()


def _serve(settings: Settings) -> Iterator[Api]:
    with running(create_app(settings)) as url:
        api = Api(url)
        try:
            yield api
        finally:
            api.client.close()


@pytest.fixture
def api() -> Iterator[Api]:
    """A fresh simulator of the made-up world, seed 1, with two keys."""
    yield from _serve(Settings(keys=(KEY, "another-key")))


@pytest.fixture(scope="session")
def fixtures() -> Path:
    """The directory of saved single replies."""
    directory = SHARED / "kofic-fixtures"
    if not directory.is_dir():
        pytest.skip(f"the saved KOFIC replies are not here ({directory}); they are no part of the project")
    return directory


@pytest.fixture(scope="session")
def recordings() -> Path:
    """The directory of recorded replies."""
    directory = SHARED / "kofic-recordings"
    if not any(directory.glob("*.jsonl.gz")):
        pytest.skip(f"the recorded KOFIC replies are not here ({directory}); they are no part of the project")
    return directory


@pytest.fixture(scope="session")
def recorded(recordings: Path) -> list[dict[str, Any]]:
    """Every recorded call: endpoint, params, body."""
    calls = []
    for file in sorted(recordings.glob("*.jsonl.gz")):
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            calls += [json.loads(line) for line in lines]
    return calls


@pytest.fixture
def recorded_api(recordings: Path) -> Iterator[Api]:
    """A simulator that serves the recordings."""
    from include.kofic_simulator.recordings import load

    yield from _serve(Settings(keys=(KEY,), recordings=load(recordings)))
