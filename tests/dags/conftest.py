"""The DAGs as Airflow parses them, without a server: a copy of the project, an empty Airflow home."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from local import waiting

ROOT = Path(__file__).resolve().parents[2]

_READ = """
import json, sys
from airflow.dag_processing.dagbag import DagBag

bag = DagBag(dag_folder=sys.argv[1])


def described(task):
    return {
        "downstream": sorted(task.downstream_task_ids),
        "retries": task.retries,
        "backoff": task.retry_exponential_backoff,
        "pool": task.pool,
        "owner": task.owner,
        "shown": task.task_display_name,
        "timeout": task.execution_timeout.total_seconds() if task.execution_timeout else None,
    }


def about(dag):
    return {
        "tasks": {task.task_id: described(task) for task in dag.tasks},
        "doc": dag.doc_md,
        "tags": sorted(dag.tags),
        "catchup": dag.catchup,
        "max_active_runs": dag.max_active_runs,
        "schedule": dag.timetable.expression,
        "timezone": str(dag.timetable.timezone),
        "params": {name: dag.params.get_param(name).schema for name in dag.params},
    }


print("BAG " + json.dumps({"errors": bag.import_errors, "dags": {dag_id: about(dag) for dag_id, dag in bag.dags.items()}}))
"""


@pytest.fixture(scope="session")
def project(tmp_path_factory) -> Path:
    """A copy of what Airflow reads, to be changed at will."""
    copy = tmp_path_factory.mktemp("project")
    for folder in ("dags", "include", "config"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("target", "logs", "__pycache__"))
    return copy


@pytest.fixture(scope="session")
def bare(project, tmp_path_factory) -> dict[str, str]:
    """What a process that parses the DAGs has: no connection, no variable, no database."""
    home = tmp_path_factory.mktemp("airflow")
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT": "120",
        "AIRFLOW__COSMOS__ENABLE_TELEMETRY": "False",
        # The cache is a Variable of Airflow's database, and there is none here.
        "AIRFLOW__COSMOS__ENABLE_CACHE": "False",
        "DO_NOT_TRACK": "1",
        "HOME": os.environ.get("HOME", str(home)),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": f"{project}:{project / 'config'}",
    }


@pytest.fixture(scope="session")
def read_bag(project, bare) -> Callable[[], dict]:
    """Parses the DAGs of the copy in a process of its own, as the DAG processor would."""

    def read() -> dict:
        command = [sys.executable, "-c", _READ, str(project / "dags")]
        done = subprocess.run(command, env=bare, cwd=project, capture_output=True, text=True, timeout=waiting.COMMAND)
        lines = [line for line in done.stdout.splitlines() if line.startswith("BAG ")]
        assert lines, done.stdout[-2000:] + done.stderr[-2000:]
        return json.loads(lines[0].removeprefix("BAG "))

    return read


@pytest.fixture(scope="session")
def bag(read_bag) -> dict:
    """The bag of the unchanged project."""
    return read_bag()
