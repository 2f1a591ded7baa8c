"""A KOFIC simulator for tests, in a process of its own, and its admin side."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import httpx

from local import services, waiting
from local.state import ROOT


class Simulator:
    """The admin side of a simulator."""

    def __init__(self, url: str, key: str) -> None:
        self.url = url
        self.key = key
        self._http = httpx.Client(base_url=url, timeout=waiting.ANSWER, trust_env=False)

    def set(self, what: str, **values: object) -> None:
        """PUT /admin/<what>."""
        self._http.put(f"/admin/{what}", json=values).raise_for_status()

    def stats(self) -> dict:
        """What it was asked."""
        return self._http.get("/admin/stats").raise_for_status().json()

    def reset(self) -> None:
        """No faults, no statistics, a whole quota, the real clock."""
        self._http.delete("/admin/faults").raise_for_status()
        self._http.delete("/admin/stats").raise_for_status()
        self.set("quota", daily_calls=1_000_000, used=0)
        self.set("clock", now=None)


def made_up_world(key: str) -> AbstractContextManager[Simulator]:
    """A simulator of the made-up world that accepts this key; it revises the last days, as KOFIC does."""
    return _started(key)


def recorded_world(key: str, recordings: Path) -> AbstractContextManager[Simulator]:
    """One that answers with what was recorded."""
    return _started(key, "--recordings", str(recordings))


@contextmanager
def _started(key: str, *options: str) -> Iterator[Simulator]:
    server = subprocess.Popen(
        [sys.executable, "-m", "include.kofic_simulator", *options],
        cwd=ROOT,
        env={**os.environ, "KOFIC_SIMULATOR_KEYS": key, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        url = server.stdout.readline().split()[-1]
        waiting.until(lambda: services.answers(f"{url}/healthz", 200), waiting.STARTED, lambda: "the simulator does not answer")
        yield Simulator(url, key)
    finally:
        server.terminate()
        server.wait(waiting.STOPPED)
