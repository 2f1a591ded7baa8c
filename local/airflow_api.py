"""The part of Airflow's REST API that the demo and the tests use."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import httpx

from include.kofic.calendar import SEOUL
from local import waiting
from local.airflow_env import AIRFLOW_USER
from local.state import Stack, StackError

OVER = frozenset({"success", "failed"})
PAGE = 100
"""The most that one answer lists, whatever is asked for (Airflow's api.maximum_page_limit)."""


class AirflowApi:
    """A session with the API server of a stack."""

    def __init__(self, stack: Stack) -> None:
        self._http = httpx.Client(base_url=stack.airflow_url, timeout=waiting.ANSWER, trust_env=False)
        login = {"username": AIRFLOW_USER, "password": stack.secrets["airflow_login"]}
        token = self._http.post("/auth/token", json=login).raise_for_status().json()["access_token"]
        self._http.headers["Authorization"] = f"Bearer {token}"

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """The JSON of one call below /api/v2, None for an empty answer.

        Raises:
            StackError: the API refuses; the message has its reason.
        """
        answer = self._http.request(method, f"/api/v2/{path}", json=body, params=query)
        if answer.is_error:
            raise StackError(f"Airflow refuses {method} {path}: HTTP {answer.status_code} {answer.text[:500]}")
        return answer.json() if answer.content else None

    def wait_for_dag(self, dag_id: str) -> dict[str, Any]:
        """The DAG, once the DAG processor has parsed it.

        Raises:
            StackError: it does not come, or it has an import error; the message has the error.
        """

        def parsed() -> dict[str, Any] | None:
            errors = self.call("GET", "importErrors")["import_errors"]
            if errors:
                raise StackError(f"the DAG does not import:\n{errors[0]['stack_trace']}")
            found = self._http.get(f"/api/v2/dags/{dag_id}/details")
            return found.json() if found.status_code == 200 else None

        message = f"Airflow does not show {dag_id} after {waiting.STARTED:.0f} s. Remedy: see the dag-processor's log."
        return waiting.until(parsed, waiting.STARTED, lambda: message)

    def wait_for_run(self, dag_id: str, run_id: str) -> dict[str, Any]:
        """The run, once it is over.

        Raises:
            StackError: it does not end.
        """

        def over() -> dict[str, Any] | None:
            run = self.run(dag_id, run_id)
            return run if run["state"] in OVER else None

        return waiting.until(over, waiting.RUN, lambda: f"{run_id} is not over after {waiting.RUN:.0f} s", pause=1)

    def make_pool(self, name: str, slots: int, description: str) -> None:
        """Makes the pool, unless there is one of that name."""
        pools = self.call("GET", "pools")["pools"]
        if name not in {pool["name"] for pool in pools}:
            self.call("POST", "pools", {"name": name, "slots": slots, "description": description})

    def unpause(self, dag_id: str) -> None:
        """Lets the scheduler run the DAG."""
        self.call("PATCH", f"dags/{dag_id}", {"is_paused": False})

    def trigger(self, dag_id: str, conf: Mapping[str, Any], logical_date: str | None = None) -> str:
        """Starts a run and returns its id."""
        run = self.call("POST", f"dags/{dag_id}/dagRuns", {"conf": dict(conf), "logical_date": logical_date})
        return str(run["dag_run_id"])

    def runs(self, dag_id: str) -> list[dict[str, Any]]:
        """The DAG's runs, newest first."""
        found: list[dict[str, Any]] = self.call("GET", f"dags/{dag_id}/dagRuns", order_by="-run_after", limit=100)["dag_runs"]
        return found

    def run(self, dag_id: str, run_id: str) -> dict[str, Any]:
        """One run."""
        found: dict[str, Any] = self.call("GET", f"dags/{dag_id}/dagRuns/{run_id}")
        return found

    def task_instances(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        """The run's task instances, mapped ones each."""
        path = f"dags/{dag_id}/dagRuns/{run_id}/taskInstances"
        found: list[dict[str, Any]] = []
        while True:
            page = self.call("GET", path, limit=PAGE, offset=len(found), order_by="id")
            found += page["task_instances"]
            if len(found) >= page["total_entries"] or not page["task_instances"]:
                return found

    def log(self, dag_id: str, run_id: str, instance: Mapping[str, Any], lines: int = 25) -> str:
        """The end of the log of a task instance's last try."""
        path = f"dags/{dag_id}/dagRuns/{run_id}/taskInstances/{instance['task_id']}/logs/{max(instance['try_number'], 1)}"
        content = self.call("GET", path, map_index=instance["map_index"])["content"]
        return "\n".join(_line(each) for each in content[-lines:])


def _line(entry: Any) -> str:
    if not isinstance(entry, dict):
        return str(entry)
    at = entry.get("timestamp")
    seoul = datetime.fromisoformat(at).astimezone(SEOUL).isoformat(timespec="seconds") if at else ""
    details = [f"{each.get('exc_type')}: {each.get('exc_value')}" for each in entry.get("error_detail") or []]
    return " ".join([seoul, str(entry.get("level", "")), str(entry.get("event", "")), *details]).strip()


def elapsed(run: Mapping[str, Any], now: datetime) -> str:
    """How long a run has been under way, as m:ss."""
    started = run.get("start_date")
    seconds = int((now - datetime.fromisoformat(started)).total_seconds()) if started else 0
    return f"{seconds // 60}:{seconds % 60:02d}"
