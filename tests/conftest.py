"""What every test may use: the real replies next to the project, if they are there."""

import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest

from local import caller, waiting
from local.state import LOCAL

# Importing Airflow writes a configuration there.
os.environ["AIRFLOW_HOME"] = str(LOCAL / "test-airflow-home" / os.environ.get("PYTEST_XDIST_WORKER", "alone"))

pytest.register_assert_rewrite("tests.browser.boards")

TESTS = Path(__file__).resolve().parent
SHARED = TESTS.parents[1] / "shared"
GROUPS = {
    "redshift/test_pipeline.py": "airflow on redshift",
    "browser/": "superset",
    "stack/test_schedule.py": "airflow's schedule",
    "stack/": "airflow",
    "redshift/": "redshift",
    "dbt/test_step_by_step.py": "dbt day by day",
    "dbt/": "dbt",
}
"""By the beginning of a test's path: whose servers it needs. A group runs in one worker; each group has servers of its own."""


def pytest_configure(config: pytest.Config) -> None:
    """Tests run in the environment of a command. Under pytest-xdist these are the workers, which begin with the caller's."""
    if not config.getoption("numprocesses", None):
        caller.clean_environment("AIRFLOW_HOME", "GOLDEN", *(name for name in os.environ if name.startswith("PYTEST_")))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Prints what tests had to tell beside that they passed."""
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name == "told":
                terminalreporter.write_line(str(value))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Gives each test its group and its time-out; groups start in this order, so that busy and idle ones share the two cores."""
    order = list(dict.fromkeys(GROUPS.values()))

    def group(item: pytest.Item) -> str:
        path = str(item.path.relative_to(TESTS))
        # What needs no server shares a file's fixtures at most.
        return next((name for beginning, name in GROUPS.items() if path.startswith(beginning)), path)

    for item in items:
        item.add_marker(pytest.mark.xdist_group(group(item)))
        if not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(waiting.TEST))
    # Those that put other data in the place of the group's come after those that rely on it.
    items.sort(
        key=lambda item: (
            order.index(group(item)) if group(item) in order else len(order),
            item.get_closest_marker("replaces_data") is not None,
        )
    )


def _shared(name: str) -> Path:
    folder = SHARED / name
    if not folder.is_dir():
        pytest.skip(f"no real replies here: {folder} is absent (they are never part of the project)")
    return folder


@pytest.fixture(scope="session")
def fixtures() -> Path:
    """The folder of saved replies."""
    return _shared("kofic-fixtures")


@pytest.fixture(scope="session")
def recordings() -> Path:
    """The folder of a recorded half-year, 2024-01-01 to 2024-06-30."""
    return _shared("kofic-recordings")


@pytest.fixture(scope="session")
def recorded(recordings: Path) -> list[dict[str, Any]]:
    """Every recorded call: endpoint, params, body."""
    calls = []
    for file in sorted(recordings.glob("*.jsonl.gz")):
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            calls += [json.loads(line) for line in lines]
    return calls
