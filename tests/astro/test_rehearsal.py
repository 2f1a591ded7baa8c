"""`astro dev start` without the CLI itself and without a registry, on a Docker Engine: `make astro-rehearsal`.

A new clone with `.env` as `.env.example` has it; the project's Dockerfile on a stand-in of the Runtime; the compose file that the
CLI generates, merged with the project's override; airflow_settings.yaml applied as the CLI does; then a run of three days.
"""

import re
from codecs import BOM_UTF8
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from include.kofic.calendar import yesterday
from local import waiting
from local.airflow_api import OVER
from local.services import answers
from local.state import Stack, StackError
from local.superset.api import SupersetApi
from local.superset.server import READER
from tests.astro import cli, stack
from tests.docker import engine

DAG = "box_office_daily"


@pytest.fixture(scope="module")
def compose(tmp_path_factory: pytest.TempPathFactory) -> Iterator[stack.Compose]:
    """The containers, with a healthy Airflow."""
    print("\nChanged for the rehearsal:", *stack.CHANGES, sep="\n- ")  # noqa: T201
    home = stack.clone(tmp_path_factory.mktemp("clone") / "box-office")
    with engine.running() as docker, stack.started(docker, home) as compose:
        waiting.until(lambda: stack.is_healthy(compose), waiting.STARTED, compose.state, pause=1)
        yield compose


@pytest.fixture(scope="module")
def api(compose: stack.Compose) -> Iterator[httpx.Client]:
    """Airflow's API, after airflow_settings.yaml was applied."""
    with cli.signed_in(compose.url(8080)) as client:
        cli.apply_settings(client, compose.home / "airflow_settings.yaml")
        yield client


def test_the_page_answers(compose: stack.Compose) -> None:
    page = httpx.get(compose.url(8080), follow_redirects=True, trust_env=False, timeout=waiting.ANSWER)
    assert page.status_code == 200
    assert "<title>Airflow" in page.text


def test_the_settings_are_what_the_file_says(api: httpx.Client) -> None:
    assert api.get("/pools/kofic_api").json()["slots"] == 1
    assert api.get("/variables/box_office_bucket").json()["value"] == "airflow-project3"
    listed = {each["connection_id"] for each in api.get("/connections").json()["connections"]}
    assert {"kofic", "aws_default", "warehouse", "superset"} <= listed


def test_the_dag_is_parsed_without_an_error(api: httpx.Client) -> None:
    def parsed() -> bool:
        return api.get(f"/dags/{DAG}").status_code == httpx.codes.OK

    waiting.until(parsed, waiting.STARTED, lambda: api.get("/importErrors").text, pause=1)
    assert api.get("/importErrors").json()["import_errors"] == []


def test_three_days_are_collected_and_published(api: httpx.Client, compose: stack.Compose) -> None:
    last = yesterday(datetime.now(UTC))
    conf = {"start_date": str(last - timedelta(days=2)), "end_date": str(last)}
    api.patch(f"/dags/{DAG}", json={"is_paused": False}).raise_for_status()
    made = api.post(f"/dags/{DAG}/dagRuns", json={"logical_date": None, "conf": conf}).raise_for_status().json()
    run = f"/dags/{DAG}/dagRuns/{made['dag_run_id']}"

    def over() -> str | None:
        state = str(api.get(run).json()["state"])
        return state if state in OVER else None

    ended = waiting.until(over, waiting.RUN, lambda: compose("logs", "--no-color", "--tail", "60", "scheduler"), pause=2)
    failed = api.get(f"{run}/taskInstances", params={"state": ["failed", "upstream_failed"]}).json()["task_instances"]
    assert ended == "success", [each["task_id"] for each in failed]
    query = "select count(distinct target_date), min(target_date) from analytics.fct_daily_box_office"
    shown = compose("exec", "-T", "warehouse", "psql", "-U", "pipeline", "-d", "warehouse", "-Atc", query)
    assert shown.strip() == f"3|{last - timedelta(days=2)}"


def test_superset_shows_the_dashboards_on_what_was_published(compose: stack.Compose) -> None:
    """The last of the tests: it reads what the run before it published."""
    waiting.until(
        lambda: answers(f"{compose.url(8088)}/health", httpx.codes.OK),
        waiting.STARTED,
        lambda: compose("logs", "--no-color", "--tail", "40", "superset"),
        pause=1,
    )
    chosen = dict(re.findall(r"^SUPERSET_(ADMIN|READER)_PASSWORD=(.+)$", (compose.home / ".env").read_text(), re.MULTILINE))
    secrets = {"superset_login": chosen["ADMIN"], "superset_reader": chosen["READER"]}
    here = Stack("astro", {"superset": compose.ports[8088]}, secrets)
    admin, reader = SupersetApi(here), SupersetApi(here, READER)
    dashboards = {file.stem for file in (compose.home / "include" / "superset" / "dashboards").iterdir()}
    (dataset,) = (each["id"] for each in admin.listed("dataset") if each["table_name"] == "daily_totals")
    for superset in (admin, reader):
        assert {each["slug"] for each in superset.listed("dashboard")} == dashboards
    days = admin.download_csv(dataset, {"columns": ["target_date"], "metrics": [], "row_limit": 10})
    assert days.startswith(BOM_UTF8)
    assert len(days.split()) == 1 + 3
    with pytest.raises(StackError, match="HTTP 403"):
        reader.listed("dataset")
