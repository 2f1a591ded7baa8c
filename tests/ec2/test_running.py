"""The template's user data, then the runbook's commands for the machine, on a Docker Engine: `make ec2-test`.

Every byte of script and file is the one that ships, but for the changes that tests/ec2/rehearsal.py lists and prints.
"""

import http.client
import json
import os
import re
import secrets as random
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import boto3
import httpx
import psycopg2
import pytest

from local import waiting
from local.state import ROOT
from tests.aws.template import of_type, secrets, template, user_data
from tests.docker import engine, standins
from tests.ec2 import rehearsal
from tests.ec2.composed import AIRFLOW
from tests.ec2.runbook import machine_commands

REGION = "ap-northeast-2"
BUCKET = "airflow-project3"
RUNS = "/api/v2/dags/box_office_daily/dagRuns"
SHOWN = {"plan": (-1, "days x filter sets"), "extract_box_office": (0, "rows in raw/"), "load": (-1, "rows loaded from")}
"""By task: which instance of it, and what its log says."""
RECORDED = ("dnf", "curl", "sha256sum", "systemctl", "docker")
PLUGINS = "/usr/local/lib/docker/cli-plugins"


@pytest.fixture(scope="session")
def docker() -> Iterator[engine.Engine]:
    """The engine, with all images but the project's own."""
    with engine.running() as running, pytest.MonkeyPatch.context() as patch:
        sys.stdout.write(rehearsal.changes() + "\n")
        for name, value in running.environment.items():
            patch.setenv(name, value)
        standins.runtime(running)
        standins.postgres_server(running, "postgres:18")
        standins.caddy(running, "caddy:2.10-alpine")
        yield running


# The first start of the machine


@dataclass(frozen=True)
class FirstStart:
    """What the user data did: how it ended, and what it asked of the machine."""

    code: int
    calls: list[str]
    checksums: list[str]
    said: str


@pytest.fixture
def first_start(docker: engine.Engine, tmp_path: Path) -> Callable[[str], FirstStart]:
    """Runs a script as the machine's user data, where Amazon Linux's commands are recorded."""

    def run(script: str) -> FirstStart:
        recorded, plugin = tmp_path / "recorded", tmp_path / "docker-compose"
        recorded.mkdir()
        (recorded / "installed").touch()
        plugin.write_text("#!/bin/sh\necho Docker Compose version v2.35.1\n")
        (tmp_path / "user-data").write_text(script)
        tools = {f"/usr/local/sbin/{tool}" for tool in RECORDED} | {"/opt/aws/bin/cfn-signal"}
        mounts = dict.fromkeys(tools, ROOT / "tests" / "ec2" / "recorder.sh")
        mounts |= {"/rehearsal/docker-compose": plugin, "/user-data": tmp_path / "user-data"}
        volumes = [word for place, file in mounts.items() for word in ("--volume", f"{file}:{place}:ro")]
        command = ["docker", "run", "--rm", "--network", "none", *volumes, "--volume", f"{recorded}:/recorded"]
        done = subprocess.run([*command, "stand-in/debian", "bash", "/user-data"], capture_output=True, text=True)
        return FirstStart(done.returncode, _lines(recorded / "calls"), _lines(recorded / "checksums"), done.stderr)

    return run


def _lines(file: Path) -> list[str]:
    return file.read_text().splitlines() if file.exists() else []


def test_the_user_data_installs_docker_with_compose_and_tells_the_stack(first_start: Callable[[str], FirstStart]) -> None:
    script = user_data("box-office", REGION)
    done = first_start(script)
    assert done.code == 0, done.said
    assert done.calls[-2:] == [
        "docker compose version",
        f"cfn-signal --exit-code 0 --stack box-office --resource Instance --region {REGION}",
    ]
    assert "systemctl enable --now docker" in done.calls
    assert done.checksums == [f"{re.search('[0-9a-f]{64}', script)[0]}  {PLUGINS}/docker-compose"], (
        "each download has its checksum"
    )
    assert sum(call.startswith("curl") for call in done.calls) == len(done.checksums)


OLDER = """#!/bin/bash
set -euxo pipefail
trap '/opt/aws/bin/cfn-signal --exit-code $? --stack box-office --resource Instance --region ap-northeast-2' EXIT
dnf install -y docker git
dnf install -y --disablerepo='*' --enablerepo=docker-ce-stable docker-compose-plugin docker-buildx-plugin
systemctl enable --now docker
"""


@pytest.mark.parametrize(
    "script",
    [OLDER, user_data("box-office", REGION).replace("dnf install -y docker git", "dnf install -y no-such-package")],
    ids=["the plugins of Docker's own repository", "a package that is not there"],
)
def test_a_first_start_that_fails_is_told_to_the_stack(script: str, first_start: Callable[[str], FirstStart]) -> None:
    done = first_start(script)
    assert done.code != 0
    assert "systemctl enable --now docker" not in done.calls
    assert re.match(r"cfn-signal --exit-code [1-9]\d* --stack box-office", done.calls[-1])


# The services


@dataclass
class Machine:
    """The production stack, brought up by the runbook's commands."""

    folder: Path
    environment: dict[str, str]
    hidden: dict[str, str]

    def run(self, command: str) -> str:
        """What a command of the runbook prints, in deploy/ec2."""
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],
            cwd=self.folder / "deploy" / "ec2", env=self.environment, capture_output=True, text=True, timeout=3 * waiting.COMMAND,
        )  # fmt: skip
        assert done.returncode == 0, f"{command}:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done.stdout

    def log(self, service: str) -> str:
        """What the log driver gets of a service."""
        container = rehearsal.containers()[service]["Id"]
        done = subprocess.run(["docker", "logs", container], capture_output=True, text=True, timeout=waiting.ANSWER)
        return done.stdout + done.stderr

    def address(self, service: str) -> str:
        """Where this machine reaches a container."""
        (network,) = rehearsal.containers()[service]["NetworkSettings"]["Networks"].values()
        return str(network["IPAddress"])

    def counted(self, before: str = "select") -> tuple[int, int]:
        """Days and rows in the warehouse, after a statement of the caller's."""
        place = {
            "host": self.address("warehouse"),
            "user": "pipeline",
            "password": self.hidden["warehouse"],
            "dbname": "warehouse",
        }
        with closing(psycopg2.connect(**place)) as connection, connection, connection.cursor() as cursor:
            cursor.execute(before)
            cursor.execute("select count(distinct target_date), count(*) from raw_data.daily_box_office")
            return cursor.fetchone()


@pytest.fixture(scope="session")
def machine(docker: engine.Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """Everything up, each service healthy by its own check."""
    folder = tmp_path_factory.mktemp("machine") / "box-office"
    bin_folder = folder.parent / "bin"
    plugins = folder.parent / "docker" / "cli-plugins"
    for made in (bin_folder, plugins):
        made.mkdir(parents=True)
    # `docker compose` is compose 1.29 here, and there is no need of sudo.
    _script(plugins / "docker-compose", f'cd "$PWD" && PYTHONPATH={ROOT} exec {sys.executable} -m tests.ec2.rehearsal "$@"')
    _script(bin_folder / "sudo", 'exec env "$@"')
    hidden = {"kofic": random.token_hex(16), "warehouse": random.token_hex(16)}
    environment = docker.environment | {
        "PATH": f"{bin_folder}:{os.environ['PATH']}",
        "DOCKER_CONFIG": str(plugins.parent),
        "REHEARSAL_KOFIC_KEY": hidden["kofic"],
        "REHEARSAL_WAREHOUSE_PASSWORD": hidden["warehouse"],
        "NO_PROXY": "*",
        "WAIT_FACTOR": os.environ.get("WAIT_FACTOR", ""),
    }
    machine = Machine(folder, environment, hidden)
    try:
        block = machine_commands(folder, BUCKET, REGION)
        command = ["bash", "-euxo", "pipefail", "-c", block]
        subprocess.run(command, cwd=folder.parent, env=environment, check=True, timeout=3 * waiting.COMMAND)
        hidden |= {file.name: file.read_text() for file in (folder / "deploy" / "ec2" / "secrets").iterdir()}
        _fill_secrets_manager(machine)
        yield machine
    finally:
        if (folder / "deploy" / "ec2" / ".env").exists():
            subprocess.run(
                ["docker", "compose", "down", "--volumes", "--timeout", "20"], cwd=folder / "deploy" / "ec2", env=environment
            )


def _script(file: Path, body: str) -> None:
    file.write_text(f"#!/bin/bash\n{body}\n")
    file.chmod(0o755)


def _fill_secrets_manager(machine: Machine) -> None:
    """The template's secrets; KOFIC's host is the simulator, and the warehouse PostgreSQL."""
    aws = f"http://{machine.address('aws')}:5000"
    waiting.until(lambda: _answers(machine.address("aws"), 5000), waiting.STARTED, lambda: machine.log("aws"))
    clients = {"region_name": REGION, "endpoint_url": aws, "aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    boto3.client("s3", **clients).create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    store = boto3.client("secretsmanager", **clients)
    for name, value in secrets(
        template(), "warehouse", kofic=machine.hidden["kofic"], warehouse=machine.hidden["warehouse"]
    ).items():
        content = json.loads(value)
        if name.endswith("/kofic"):
            content |= {"host": "http://kofic:8090", "extra": {"calls_per_second": 400}}
        if name.endswith("/warehouse"):
            content |= {"conn_type": "postgres", "port": 5432}
        store.create_secret(Name=name, SecretString=json.dumps(content))


def _answers(host: str, port: int) -> bool:
    try:
        with closing(http.client.HTTPConnection(host, port, timeout=2)) as connection:
            connection.request("GET", "/")
            return connection.getresponse().status < 500
    except OSError:
        return False


@pytest.fixture(scope="session")
def page(machine: Machine, tmp_path_factory: pytest.TempPathFactory) -> httpx.Client:
    """The page as people reach it: through the proxy, its authority trusted as the runbook says."""
    authority = tmp_path_factory.mktemp("authority") / "root.crt"
    authority.write_text(machine.run("docker compose exec -T proxy cat /data/caddy/pki/authorities/local/root.crt"))
    trust = ssl.create_default_context(cafile=authority)
    return httpx.Client(base_url="https://localhost", verify=trust, timeout=waiting.ANSWER, trust_env=False)


@pytest.fixture(scope="session")
def admin(machine: Machine, page: httpx.Client) -> httpx.Client:
    """A session of the first user, with the generated password."""
    given = {"username": "admin", "password": machine.hidden["admin_password"]}
    token = page.post("/auth/token", json=given).raise_for_status().json()["access_token"]
    page.headers["Authorization"] = f"Bearer {token}"
    return page


def test_every_service_is_healthy_and_bounded_as_the_file_says(machine: Machine) -> None:
    found = rehearsal.containers()
    assert set(found) >= {*AIRFLOW, "metadata", "lateness", "proxy"}
    assert rehearsal.unhealthy() == []
    assert found["migrate"]["State"]["ExitCode"] == 0
    for name in (*AIRFLOW[1:], "lateness", "proxy"):
        host = found[name]["HostConfig"]
        assert host["Memory"] > 0
        assert (host["CapDrop"], host["SecurityOpt"]) == (["ALL"], ["no-new-privileges:true"])
        assert host["RestartPolicy"]["Name"] == "unless-stopped"


def test_only_the_proxy_has_a_port(machine: Machine) -> None:
    ports = {name: each["NetworkSettings"]["Ports"] for name, each in rehearsal.containers().items()}
    published = {name: kept for name, found in ports.items() if (kept := {port: at for port, at in found.items() if at})}
    assert published == {"proxy": {"443/tcp": [{"HostIp": "127.0.0.1", "HostPort": "443"}]}}


@pytest.mark.parametrize("login", [{"username": "admin", "password": "admin"}, {"username": "airflow", "password": "airflow"}])
def test_no_default_password_opens_the_door(page: httpx.Client, login: dict[str, str]) -> None:
    bare = {"Authorization": ""}
    assert page.post("/auth/token", json=login, headers=bare).status_code == 401
    assert page.get("/api/v2/dags", headers=bare).status_code == 401


def test_the_proxy_speaks_tls_and_hides_the_execution_api(page: httpx.Client) -> None:
    health = page.get("/api/v2/monitor/health")
    assert health.json()["metadatabase"]["status"] == "healthy"
    assert "max-age" in health.headers["strict-transport-security"]
    assert 'name="password"' in page.get("/auth/login/").text
    assert page.get("/execution/health").status_code == 404
    with pytest.raises(httpx.HTTPError):
        httpx.get("http://localhost:443/", trust_env=False).raise_for_status()


def _collected(machine: Machine, admin: httpx.Client, day: date) -> str:
    """Triggers a run for a day and waits until it has loaded; the run's place in the API."""
    conf = {"start_date": str(day), "end_date": str(day)}
    run = admin.post(RUNS, json={"conf": conf, "logical_date": None}).raise_for_status().json()
    path = f"{RUNS}/{run['dag_run_id']}"

    def loaded() -> bool:
        assert admin.get(path).json()["state"] != "failed"
        return bool(admin.get(f"{path}/taskInstances/load").json()["state"] == "success")

    waiting.until(loaded, waiting.RUN, lambda: machine.log("scheduler")[-3000:])
    # What follows on PostgreSQL and on Redshift's stand-in is tests/stack's and tests/redshift's.
    admin.patch(path, json={"state": "failed"}).raise_for_status()
    return path


def test_the_pipeline_runs_on_connections_from_secrets_manager(machine: Machine, admin: httpx.Client) -> None:
    """Its DAG calls the API with the key, writes the lake and loads the warehouse; it knows them from nowhere else."""
    assert admin.get("/api/v2/connections").raise_for_status().json()["total_entries"] == 0

    def parsed() -> bool:
        return admin.get("/api/v2/dags/box_office_daily/details").status_code == 200

    waiting.until(parsed, waiting.STARTED, lambda: machine.log("dag-processor")[-3000:])
    admin.patch("/api/v2/dags/box_office_daily", json={"is_paused": False}).raise_for_status()
    path = _collected(machine, admin, date(2024, 6, 29))
    for task, (index, words) in SHOWN.items():
        log = admin.get(f"{path}/taskInstances/{task}/logs/1", params={"map_index": index}).raise_for_status().text
        assert words in log, "the page reads what the scheduler's tasks wrote"
        assert "Could not read" not in log
    assert machine.counted() == (1, 5 * 10)


def test_after_a_service_died_and_the_machine_restarted_the_next_run_is_right(machine: Machine, admin: httpx.Client) -> None:
    before = rehearsal.containers()["scheduler"]
    os.kill(before["State"]["Pid"], 9)

    def came_back() -> bool:
        return rehearsal.containers()["scheduler"]["RestartCount"] == before["RestartCount"] + 1

    def healthy() -> bool:
        return not rehearsal.unhealthy()

    waiting.until(came_back, waiting.STARTED, lambda: machine.log("scheduler")[-3000:])
    waiting.until(healthy, waiting.STARTED, lambda: f"not healthy: {rehearsal.unhealthy()}")
    # Not what stands for AWS, which keeps all in memory.
    machine.run(
        f"docker compose restart {' '.join(sorted(set(rehearsal.containers()) - {'aws', 'kofic', 'warehouse', 'migrate'}))}"
    )
    waiting.until(healthy, waiting.STARTED, lambda: f"not healthy: {rehearsal.unhealthy()}")
    _collected(machine, admin, date(2024, 6, 29) + timedelta(days=1))
    assert machine.counted() == (2, 2 * 5 * 10)


def test_a_lost_warehouse_comes_back_from_the_lake_by_the_runbooks_command(machine: Machine) -> None:
    before = machine.counted()
    assert machine.counted("truncate raw_data.daily_box_office") == (0, 0)
    said = machine.run("docker compose exec -T scheduler python -m include.pipeline.rebuild")
    assert f"daily_box_office: {before[1]} rows" in said
    assert machine.counted() == before


def test_the_alarms_words_are_what_the_scheduler_writes_of_a_failed_run(machine: Machine, admin: httpx.Client) -> None:
    words = re.findall(r'"([^"]+)"', of_type(template(), "AWS::Logs::MetricFilter")["FailedRunCount"]["FilterPattern"])
    body = {"conf": {"start_date": "2024-06-30", "end_date": "2024-06-01"}, "logical_date": None}
    admin.post(RUNS, json=body).raise_for_status()

    def said() -> bool:
        return any(all(word in line for word in words) for line in machine.log("scheduler").splitlines())

    waiting.until(said, waiting.RUN, lambda: machine.log("scheduler")[-3000:])


def test_the_runbooks_look_at_lateness_says_the_alarms_words(machine: Machine) -> None:
    """Nothing is published here: the runs were ended after their load."""
    (words,) = re.findall(r'"([^"]+)"', of_type(template(), "AWS::Logs::MetricFilter")["LateCount"]["FilterPattern"])
    assert words in machine.run("docker compose exec -T lateness python -m include.pipeline.lateness 2>&1 || true")


def test_the_dump_before_an_upgrade_is_one(machine: Machine) -> None:
    machine.run("docker compose exec -T metadata pg_dump -U airflow -Fc airflow > before.dump")
    assert (machine.folder / "deploy" / "ec2" / "before.dump").read_bytes().startswith(b"PGDMP")


def test_no_secret_shows(machine: Machine) -> None:
    """In what the log driver ships, in what docker tells of a container, and in the command lines of its processes."""
    shown: dict[str, str] = {}
    for name, container in rehearsal.containers().items():
        if name in {"aws", "kofic", "warehouse"}:
            continue
        shown[f"docker inspect {name}"] = json.dumps(container)
        shown[f"docker logs {name}"] = machine.log(name)
        if container["State"]["Running"]:
            done = subprocess.run(["docker", "top", container["Id"], "-eo", "pid,args"], capture_output=True, text=True)
            shown[f"docker top {name}"] = done.stdout
    found = {f"{name} in {where}" for where, text in shown.items() for name, value in machine.hidden.items() if value in text}
    assert found == set()
