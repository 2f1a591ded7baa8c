"""The daily run against the work by hand, the empty graph, and the same project as Cosmos's documentation sets it up.

    .venv/bin/python -m benchmarks.whole [--runs 3]

In turns on one stack, seven days each, warm: a first run of each is not counted. That by Cosmos's documentation is done once.
"""

import argparse
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console

from benchmarks.measure import Row, in_turns, show
from benchmarks.stack import WORLD, run_dag, tell, warehouse_of
from include.kofic.calendar import yesterday
from local import airflow_env, lifecycle
from local.airflow_api import AirflowApi
from local.lifecycle import DAG_ID, Overrides
from local.state import ROOT
from tests.servers import NO_SCHEDULE

DAGS = (ROOT / "dags" / "box_office_daily.py", *sorted((Path(__file__).parent / "dags").glob("*.py")))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3, help="runs of each")
    runs = parser.parse_args().runs
    last = yesterday(datetime.now(UTC))
    first = last - timedelta(days=6)
    week = {"start_date": str(first), "end_date": str(last)}
    with tempfile.TemporaryDirectory() as folder:
        for dag in DAGS:
            Path(folder, dag.name).symlink_to(dag)
        overrides = Overrides(environment={**NO_SCHEDULE, "AIRFLOW__CORE__DAGS_FOLDER": folder})
        with lifecycle.temporary(lifecycle.start, WORLD, None, Console(), overrides) as stack:
            api = AirflowApi(stack)
            for dag_id in (DAG_ID, "empty", "by_docs"):
                api.wait_for_dag(dag_id)
                api.unpause(dag_id)
            environment = airflow_env.environment(stack) | warehouse_of(stack).profile

            def by_hand() -> None:
                command = [sys.executable, "-m", "benchmarks.by_hand", str(first), str(last)]
                subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)

            def daily() -> float:
                return run_dag(api, week)[0]

            def empty() -> float:
                return run_dag(api, week, "empty")[0]

            in_turns(1, daily=daily, empty=empty, by_hand=by_hand)
            measured = in_turns(runs, daily=daily, empty=empty, by_hand=by_hand)
            docs = (run_dag(api, week, "by_docs")[0],)
    both = tuple(map(sum, zip(measured["by_hand"], measured["empty"], strict=True)))
    tell("by hand", measured["by_hand"], "empty graph", measured["empty"])
    show(
        [
            Row("daily run of 7 days", measured["daily"], "by hand, and the empty graph", both, 1.25),
            Row("daily run of 7 days", measured["daily"], "set up as Cosmos's documentation says", docs, 0.25),
        ]
    )


if __name__ == "__main__":
    main()
