"""The image that the project's Dockerfile makes, run as user astro without a network: `make image-test`.

Built with `docker build` on a stand-in of the Astro Runtime (tests/docker).
"""

import json
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.docker import engine, standins

ROOT = Path(__file__).resolve().parents[2]
BAKED = "/usr/local/airflow/baked/dbt"


@pytest.fixture(scope="session")
def run() -> Iterator[Callable[..., str]]:
    """Runs a command in a container of the image, built now, as the image's own user and without a network."""
    name = f"image-test-{uuid.uuid4().hex[:8]}"
    with engine.running() as docker:
        standins.runtime(docker)
        docker.build(standins.PROJECT, ROOT)
        docker.docker("run", "--detach", "--rm", "--network", "none", "--name", name, standins.PROJECT, "sleep", "infinity")
        yield lambda *command: docker.docker("exec", name, *command)
        docker.docker("kill", name)


@pytest.fixture(scope="session")
def metadata(run):
    """Airflow's metadata in SQLite, in the container: enough to ask for DAGs."""
    return run("airflow", "db", "migrate")


def test_it_runs_as_astro_and_reaches_nobody(run):
    assert run("id", "-un").strip() == "astro"
    reach = (
        "import socket\ntry: socket.create_connection(('1.1.1.1', 53), 2)\nexcept OSError as error: print('no way out:', error)"
    )
    assert "no way out" in run("python", "-c", reach)


def test_a_volume_for_logs_belongs_to_astro(run):
    assert run("stat", "--format=%U", "/usr/local/airflow/logs").strip() == "astro"


def test_what_the_two_lists_name_is_installed(run):
    assert run("python", "-c", "import zoneinfo; print(zoneinfo.ZoneInfo('Asia/Seoul'))").strip() == "Asia/Seoul"
    wanted = [line.partition("==")[0] for line in (ROOT / "requirements.txt").read_text().split("\n") if line and line[0] != "#"]
    held = run("python", "-c", f"from importlib.metadata import version\nfor name in {wanted}: print(name, version(name))")
    assert len(held.splitlines()) == len(wanted)


def test_the_baked_manifest_is_the_projects(run):
    """In a place that `astro dev` mounts nothing over, made at build, with every model."""
    manifest = json.loads(run("cat", f"{BAKED}/manifest.json"))
    models = {node["name"] for node in manifest["nodes"].values() if node["resource_type"] == "model"}
    assert models == {file.stem for file in (ROOT / "include" / "dbt" / "models").rglob("*.sql")}
    assert not any(BAKED.startswith(f"/usr/local/airflow/{mounted}/") for mounted in ("dags", "include", "plugins", "tests"))


def test_dbt_parses_inside(run):
    folders = (
        "--project-dir",
        "include/dbt",
        "--profiles-dir",
        "include/dbt",
        "--target-path",
        "/tmp/parsed",
        "--log-path",
        "/tmp/parsed",
    )
    run("dbt", "--quiet", "--warn-error", "parse", "--no-partial-parse", *folders)


def _json(output: str) -> list[dict[str, str]]:
    """The answer of Airflow's command line, which writes its warnings to the same place, a line each, before it."""
    return json.loads(output.splitlines()[-1])


def test_the_dags_load(run, metadata):
    assert _json(run("airflow", "dags", "list-import-errors", "--local", "--output", "json")) == []
    shown = _json(run("airflow", "dags", "list", "--local", "--output", "json"))
    assert {each["dag_id"] for each in shown} == {file.stem for file in (ROOT / "dags").glob("*.py")}


def test_nothing_secret_and_nothing_superfluous_is_in_it(run):
    inside = set(run("ls", "-A", "/usr/local/airflow").split())
    assert not inside & {".git", ".env", ".venv", ".local", "local", "tests", "docs", ".ci"}
    assert "secrets" not in run("ls", "-A", "/usr/local/airflow/deploy/ec2").split()
