"""What every test may use: the real replies beside the project, where they are."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


def _beside(name: str) -> Path:
    folder = SHARED / name
    if not folder.is_dir():
        pytest.skip(f"no real replies here: {folder} is absent (they are never part of the project)")
    return folder


@pytest.fixture(scope="session")
def fixtures() -> Path:
    """The folder of saved replies."""
    return _beside("kofic-fixtures")


@pytest.fixture(scope="session")
def recordings() -> Path:
    """The folder of a recorded half-year, 2024-01-01 to 2024-06-30."""
    return _beside("kofic-recordings")


@pytest.fixture(scope="session")
def recorded(recordings: Path) -> list[dict[str, Any]]:
    """Every recorded call: endpoint, params, body."""
    calls = []
    for file in sorted(recordings.glob("*.jsonl.gz")):
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            calls += [json.loads(line) for line in lines]
    return calls
