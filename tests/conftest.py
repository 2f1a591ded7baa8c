"""What every test may use: the real replies beside the project, where they are."""

from pathlib import Path

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
