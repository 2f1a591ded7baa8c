"""The graph of `box_office_daily` with tasks that do nothing: what the scheduler and the workers' forks cost.

The graph is the one that `tests/dags/graph.txt` holds.
"""

from pathlib import Path

from airflow.sdk import DAG, task

GRAPH = Path(__file__).resolve().parents[2] / "tests" / "dags" / "graph.txt"

with DAG("empty", schedule=None, params={"start_date": None, "end_date": None}):

    @task
    def nothing() -> None:
        """Does nothing."""

    edges = {name: after.split(", ") for name, after in (line.split(" -> ") for line in GRAPH.read_text().splitlines())}
    tasks = {name: nothing.override(task_id=name.replace(".", "-"))() for name in edges}
    for name, downstream in edges.items():
        for each in downstream:
            if each != ".":
                tasks[name] >> tasks[each]
