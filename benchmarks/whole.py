"""The daily run against the work by hand, the empty graph, and the same project as Cosmos's documentation sets it up.

    .venv/bin/python -m benchmarks.whole [--runs 3]

In turns on one stack, seven days each, warm: a first run of each is not counted. That by Cosmos's documentation is done once, on
a stack of its own.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import psutil
from rich.console import Console

from benchmarks.measure import Row, in_turns, show
from benchmarks.memory import below, watched
from benchmarks.stack import WORLD, run_dag, tell, warehouse_of
from include.kofic.calendar import yesterday
from local import airflow_env, lifecycle, processes
from local.airflow_api import AirflowApi
from local.lifecycle import Overrides
from local.state import ROOT, Stack
from tests.servers import NO_SCHEDULE

TASK = re.compile("airflow worker -- [0-9a-f]{8}-")
"""The title that Airflow gives a task's process (airflow/sdk/execution_time/task_runner.py)."""
DAILY = ROOT / "dags" / "box_office_daily.py"
EMPTY, BY_DOCS = (Path(__file__).parent / "dags" / f"{name}.py" for name in ("empty", "by_docs"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3, help="runs of each")
    runs = parser.parse_args().runs
    last = yesterday(datetime.now(UTC))
    first = last - timedelta(days=6)
    week = {"start_date": str(first), "end_date": str(last)}
    with _stack(DAILY, EMPTY) as stack:
        api = AirflowApi(stack)
        environment = airflow_env.environment(stack) | warehouse_of(stack).profile

        def by_hand() -> None:
            command = [sys.executable, "-m", "benchmarks.by_hand", str(first), str(last)]
            subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)

        def daily() -> float:
            return run_dag(api, week)[0]

        def empty() -> float:
            return run_dag(api, week, EMPTY.stem)[0]

        memory = _memory(stack, week, environment, daily)
        in_turns(1, empty=empty, by_hand=by_hand)
        measured = in_turns(runs, daily=daily, empty=empty, by_hand=by_hand)
    # What is imported before the tasks' processes are forked is this project's, and not what the documentation sets up.
    with tempfile.TemporaryDirectory() as config:
        Path(config, "shared_task_logs.py").symlink_to(ROOT / "config" / "shared_task_logs.py")
        with _stack(BY_DOCS, PYTHONPATH=f"{ROOT}:{config}") as stack:
            run_dag(AirflowApi(stack), week, BY_DOCS.stem)
            docs = (run_dag(AirflowApi(stack), week, BY_DOCS.stem)[0],)
    both = tuple(map(sum, zip(measured["by_hand"], measured["empty"], strict=True)))
    tell("by hand", measured["by_hand"], "empty graph", measured["empty"])
    show(
        [
            memory,
            Row("daily run of 7 days", measured["daily"], "by hand, and the empty graph", both, 1.25),
            Row("daily run of 7 days", measured["daily"], "set up as Cosmos's documentation says", docs, 0.25),
        ]
    )


@contextmanager
def _stack(*dags: Path, **environment: str) -> Iterator[Stack]:
    """A stack with these DAGs, parsed and not paused, that no schedule starts."""
    with tempfile.TemporaryDirectory() as folder:
        for dag in dags:
            Path(folder, dag.name).symlink_to(dag)
        overrides = Overrides(environment={**NO_SCHEDULE, **environment, "AIRFLOW__CORE__DAGS_FOLDER": folder})
        with lifecycle.temporary(lifecycle.start, WORLD, None, Console(), overrides) as stack:
            for dag in dags:
                AirflowApi(stack).wait_for_dag(dag.stem)
                AirflowApi(stack).unpause(dag.stem)
            yield stack


def _memory(stack: Stack, week: Mapping[str, str], environment: Mapping[str, str], daily: Callable[[], float]) -> Row:
    """The largest task of a run, and the same work by hand in one process that has imported what a task has."""

    def tasks() -> Iterator[psutil.Process]:
        for process in processes.own(stack):
            with suppress(psutil.Error):
                if TASK.match(" ".join(process.cmdline())):
                    yield process

    with watched(tasks) as of_tasks:
        daily()
    command = [sys.executable, "-m", "benchmarks.by_hand", *week.values(), "--as-a-task"]
    with (
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL) as by_hand,
        watched(partial(below, psutil.Process(by_hand.pid))) as of_hand,
    ):
        if by_hand.wait() != 0:
            raise SystemExit("the work by hand failed")
    tell(f"tasks seen: {len(of_tasks.of)}")
    megabytes = (of_tasks.largest / 1e6,), (of_hand.largest / 1e6,)
    return Row("peak memory of a task", megabytes[0], "by hand, in a process with the same imports", megabytes[1], 1.2, "MB")


if __name__ == "__main__":
    main()
