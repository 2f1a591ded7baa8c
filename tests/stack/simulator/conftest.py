"""Running simulators, and a client of them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from include.kofic_simulator.app import API_ROOT, Settings, create_app
from include.kofic_simulator.recordings import load
from include.kofic_simulator.server import running
from local import waiting

KEY = "0123456789abcdef-test-key"


class Api:
    """A client of one running simulator."""

    def __init__(self, url: str) -> None:
        self.client = httpx.Client(base_url=url, timeout=waiting.ANSWER, trust_env=False)

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


@pytest.fixture
def recorded_api(recordings: Path) -> Iterator[Api]:
    """A simulator that serves the recordings."""
    yield from _serve(Settings(keys=(KEY,), recordings=load(recordings)))
