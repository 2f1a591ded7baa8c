"""The production stack's own commands and environment, run for real: `make ec2-test`, about two minutes.

Airflow's services as processes of this machine instead of containers, on a real PostgreSQL; moto stands for Secrets Manager
and S3, the simulator for KOFIC, and Caddy, where it is installed, for the proxy. Only addresses and folders are replaced.
"""

import json
import logging
import os
import re
import secrets as random
import shutil
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import boto3
import httpx
import psutil
import psycopg2
import pytest
from ephemeral_port_reserve import reserve
from moto.server import ThreadedMotoServer

from include.kofic_simulator.app import Settings, create_app
from include.kofic_simulator.server import running
from local import postgres, waiting
from tests import servers
from tests.aws.template import of_type, secrets, template
from tests.ec2.composed import AIRFLOW, EC2, ROOT, compose, env_file, here

REGION = "ap-northeast-2"
BUCKET = "airflow-project3"
KEY = random.token_hex(16)
WAREHOUSE_PASSWORD = random.token_hex(16)
RUNS = "/api/v2/dags/box_office_daily/dagRuns"
SHOWN = {"plan": (-1, "days x filter sets"), "extract_box_office": (0, "rows in raw/"), "load": (-1, "rows loaded from")}
"""By task: which instance of it, and what its log says."""
BIN = Path(sys.executable).parent


@dataclass
class Machine:
    """The services of the compose file, as processes."""

    folder: Path
    services: dict
    environment: dict[str, str]
    url: str
    hidden: dict[str, str]
    running: dict[str, subprocess.Popen] = field(default_factory=dict)

    def command(self, service: str) -> list[str]:
        """What the container would run."""
        first, *others = self.services[service]["command"]
        return [str(BIN / first) if first == "airflow" else first, *others]

    def log(self, service: str) -> Path:
        """What the container's log driver would get."""
        return self.folder / "log" / f"{service}.log"

    def words(self, service: str) -> str:
        """The end of its log."""
        return self.log(service).read_text()[-3000:]

    def run(self, service: str) -> None:
        """Runs a service to its end."""
        with self.log(service).open("w") as output:
            done = subprocess.run(
                self.command(service), env=self.environment, cwd=ROOT, stdout=output, stderr=output, timeout=waiting.COMMAND
            )
        assert done.returncode == 0, self.words(service)

    def start(self, service: str) -> None:
        """Starts a service that stays."""
        output = self.log(service).open("w")
        self.running[service] = subprocess.Popen(
            self.command(service), env=self.environment, cwd=ROOT, stdout=output, stderr=output, start_new_session=True
        )

    def is_healthy(self, service: str) -> bool:
        """What the container's health check says."""
        assert self.running[service].poll() is None, self.words(service)
        kind, program, *others = self.services[service]["healthcheck"]["test"]
        assert (kind, program) == ("CMD", "python")
        return not subprocess.run(
            [sys.executable, *others], env=self.environment, cwd=ROOT, capture_output=True, timeout=waiting.ANSWER
        ).returncode

    def stop(self) -> None:
        """Ends every process that was started here."""
        for process in self.running.values():
            os.killpg(process.pid, signal.SIGTERM)
        for process in self.running.values():
            try:
                process.wait(waiting.STOPPED)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)


def _image_environment() -> dict[str, str]:
    """The ENV lines of the Dockerfile."""
    return dict(re.findall(r"^(?:ENV|   ) (\w+)=(\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE))


@pytest.fixture(scope="session")
def databases() -> Iterator[int]:
    """PostgreSQL with the metadata's and the warehouse's database: its port."""
    with servers.scratch() as stack:
        with closing(postgres.connect(stack, "postgres", "postgres")) as connection, connection.cursor() as cursor:
            cursor.execute("create database box_office owner pipeline")
        yield stack.ports["postgres"]


@pytest.fixture(scope="session")
def aws() -> Iterator[str]:
    """A server that speaks S3 and Secrets Manager."""
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


@pytest.fixture(scope="session")
def kofic() -> Iterator[str]:
    """The simulator: the one part that is not in production."""
    with running(create_app(Settings(keys=(KEY,)))) as url:
        yield url


def _fill_secrets_manager(aws: str, kofic: str, postgres_port: int) -> None:
    """The template's secrets; KOFIC's host is the simulator, and the warehouse PostgreSQL."""
    clients = {"region_name": REGION, "endpoint_url": aws, "aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    boto3.client("s3", **clients).create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    store = boto3.client("secretsmanager", **clients)
    for name, value in secrets(template(), "127.0.0.1", kofic=KEY, warehouse=WAREHOUSE_PASSWORD).items():
        content = json.loads(value)
        if name.endswith("/kofic"):
            content |= {"host": kofic, "extra": {"calls_per_second": 400}}
        if name.endswith("/warehouse"):
            content |= {"conn_type": "postgres", "port": postgres_port, "schema": "box_office"}
        store.create_secret(Name=name, SecretString=json.dumps(content))


@pytest.fixture(scope="session")
def machine(databases, aws, kofic, tmp_path_factory) -> Iterator[Machine]:
    """Everything up, in the order of the compose file, each service healthy by its own check."""
    folder = tmp_path_factory.mktemp("ec2")
    (folder / "log").mkdir()
    shutil.copy(EC2 / "first-start.sh", folder)
    made = {
        "AWS_REGION": REGION,
        "BUCKET": BUCKET,
        "METADATA_URL": f"postgresql+psycopg2://airflow:x@127.0.0.1:{databases}/airflow",
    }
    subprocess.run(
        [str(folder / "first-start.sh")],
        env={"PATH": os.environ["PATH"], **made},
        check=True,
        capture_output=True,
        timeout=waiting.COMMAND,
    )
    _fill_secrets_manager(aws, kofic, databases)
    port = reserve()
    places = {
        "/run/secrets": str(folder / "secrets"),
        "http://api-server:8080": f"http://127.0.0.1:{port}",
        '"--port", "8080"': f'"--host", "127.0.0.1", "--port", "{port}"',
    }
    services = here(compose(env_file(folder / ".env"))["services"], places)
    environment = {
        **_image_environment(),
        **services["api-server"]["environment"],
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "HOME": str(folder),
        "AIRFLOW_HOME": str(folder / "airflow"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
        "AIRFLOW__COSMOS__CACHE_DIR": str(folder / "cosmos"),
        "PYTHONPATH": f"{ROOT}:{ROOT / 'config'}",
        # The machine's role and the metadata service in production.
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_ENDPOINT_URL": aws,
        "NO_PROXY": "127.0.0.1,localhost",
    }
    hidden = {file.name: file.read_text() for file in (folder / "secrets").iterdir()} | {
        "kofic": KEY,
        "warehouse": WAREHOUSE_PASSWORD,
    }
    machine = Machine(folder, services, environment, f"http://127.0.0.1:{port}", hidden)
    try:
        machine.run("migrate")
        for service in AIRFLOW[1:]:
            machine.start(service)
        for service in AIRFLOW[1:]:
            waiting.until(partial(machine.is_healthy, service), waiting.STARTED, partial(machine.words, service))
        yield machine
    finally:
        machine.stop()


@pytest.fixture(scope="session")
def admin(machine) -> httpx.Client:
    """A session of the first user, made by the project's script with the generated password."""
    script = {"AIRFLOW": str(BIN / "airflow"), "PASSWORD_FILE": str(machine.folder / "secrets" / "admin_password")}
    done = subprocess.run(
        ["bash", str(EC2 / "make-admin.sh")],
        env={**machine.environment, **script},
        capture_output=True,
        text=True,
        timeout=waiting.COMMAND,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert machine.hidden["admin_password"] not in done.stdout + done.stderr
    session = httpx.Client(base_url=machine.url, timeout=waiting.ANSWER, trust_env=False)
    token = session.post("/auth/token", json={"username": "admin", "password": machine.hidden["admin_password"]})
    session.headers["Authorization"] = f"Bearer {token.raise_for_status().json()['access_token']}"
    return session


def test_every_service_is_healthy_and_an_unknown_one_is_not(machine):
    assert all(machine.is_healthy(service) for service in AIRFLOW[1:])
    os.killpg(machine.running["triggerer"].pid, signal.SIGTERM)
    machine.running["triggerer"].wait(waiting.STOPPED)
    gone = subprocess.run(
        [sys.executable, "deploy/ec2/healthy.py", "nobody"], env=machine.environment, cwd=ROOT, capture_output=True
    )
    assert gone.returncode != 0
    machine.start("triggerer")


@pytest.mark.parametrize("login", [{"username": "admin", "password": "admin"}, {"username": "airflow", "password": "airflow"}])
def test_no_default_password_opens_the_door(machine, admin, login):
    assert httpx.post(f"{machine.url}/auth/token", json=login, trust_env=False).status_code == 401
    assert httpx.get(f"{machine.url}/api/v2/dags", trust_env=False).status_code == 401


def _wait(machine, holds):
    """Until it holds; what held."""
    return waiting.until(holds, waiting.RUN, partial(machine.words, "scheduler"))


def test_the_pipeline_runs_on_connections_from_secrets_manager(machine, admin, databases):
    """Its DAG calls the API with the key, writes the lake and loads the warehouse; it knows them from nowhere else."""
    assert not [name for name in machine.environment if name.startswith("AIRFLOW_CONN_")]
    assert admin.get("/api/v2/connections").raise_for_status().json()["total_entries"] == 0
    _wait(machine, lambda: admin.get("/api/v2/dags/box_office_daily/details").status_code == 200)
    # As the runbook has it: the schedule begins with the next morning, and a person's run is the first.
    admin.patch("/api/v2/dags/box_office_daily", json={"is_paused": False}).raise_for_status()
    run = admin.post(RUNS, json={"conf": {}, "logical_date": None}).raise_for_status().json()
    path = f"{RUNS}/{run['dag_run_id']}"

    def loaded() -> bool:
        states = {each["task_id"]: each["state"] for each in admin.get(f"{path}/taskInstances").json()["task_instances"]}
        assert "failed" not in states.values(), states
        return states.get("load") == "success"

    _wait(machine, loaded)
    for task, (index, words) in SHOWN.items():
        log = admin.get(f"{path}/taskInstances/{task}/logs/1", params={"map_index": index}).raise_for_status().text
        assert words in log, "the page reads what the scheduler's tasks wrote"
        assert "Could not read" not in log
    admin.patch(path, json={"state": "failed"}).raise_for_status()
    assert _counted(databases) == (7, 7 * 5 * 10)


def test_only_the_page_listens(machine, admin):
    """In a container as here: Airflow's log servers would take a port on every address, whatever is configured."""
    family = [each for server in machine.running.values() for each in _with_children(server.pid)]
    assert servers.listening(family) == {("127.0.0.1", int(machine.url.rpartition(":")[2]))}


def _with_children(pid: int) -> list[psutil.Process]:
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def _counted(port: int, before: str = "select") -> tuple[int, int]:
    """Days and rows in the warehouse, after a statement of the caller's."""
    place = {"host": "127.0.0.1", "port": port, "user": "pipeline", "password": WAREHOUSE_PASSWORD, "dbname": "box_office"}
    with psycopg2.connect(**place) as connection, connection.cursor() as cursor:
        cursor.execute(before)
        cursor.execute("select count(distinct target_date), count(*) from raw_data.daily_box_office")
        return cursor.fetchone()


def test_a_lost_warehouse_comes_back_from_the_lake_by_the_runbooks_command(machine, databases):
    before = _counted(databases)
    assert _counted(databases, "truncate raw_data.daily_box_office") == (0, 0)
    done = subprocess.run(
        [sys.executable, "-m", "include.pipeline.rebuild"],
        env=machine.environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=waiting.COMMAND,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert f"daily_box_office: {before[1]} rows" in done.stdout
    assert _counted(databases) == before
    assert not [name for name, value in machine.hidden.items() if value in done.stdout + done.stderr]


def test_the_alarms_words_are_what_the_scheduler_writes_of_a_failed_run(machine, admin):
    words = re.findall(r'"([^"]+)"', of_type(template(), "AWS::Logs::MetricFilter")["FailedRunCount"]["FilterPattern"])
    body = {"conf": {"start_date": "2024-06-30", "end_date": "2024-06-01"}, "logical_date": None}
    admin.post(RUNS, json=body).raise_for_status()
    _wait(machine, lambda: any(all(word in line for word in words) for line in machine.log("scheduler").read_text().splitlines()))


def test_no_secret_shows(machine):
    """In what the log driver ships, in task logs, in environments and command lines of the services."""
    shown = {
        str(file): file.read_bytes() for file in machine.folder.rglob("*") if file.is_file() and file.parent.name != "secrets"
    }
    assert any("attempt=" in name for name in shown), "task logs are among them"
    for service, process in machine.running.items():
        for part in ("cmdline", "environ"):
            shown[f"{service}'s {part}"] = Path(f"/proc/{process.pid}/{part}").read_bytes()
    found = {
        f"{name} in {where}" for where, text in shown.items() for name, value in machine.hidden.items() if value.encode() in text
    }
    assert found == set()


def test_the_proxy_speaks_tls_and_hides_the_execution_api(machine, admin, tmp_path):
    if not shutil.which("caddy"):
        pytest.skip("no caddy here. Remedy: apt-get install -y caddy")
    port = reserve()
    config = tmp_path / "Caddyfile"
    text = (EC2 / "Caddyfile").read_text()
    config.write_text(
        text.replace("\ttls internal", "\tbind 127.0.0.1\n\ttls internal").replace(
            "{\n", f"{{\n\tadmin 127.0.0.1:{reserve()}\n", 1
        )
    )
    places = {
        "UI_ADDRESS": f"https://localhost:{port}",
        "UPSTREAM": machine.url.removeprefix("http://"),
        "XDG_DATA_HOME": str(tmp_path),
    }
    places |= {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    command = ["caddy", "run", "--config", str(config), "--adapter", "caddyfile"]
    with (tmp_path / "caddy.log").open("w") as output:
        proxy = subprocess.Popen(command, env=places, stdout=output, stderr=output)
    try:
        authority = tmp_path / "caddy" / "pki" / "authorities" / "local" / "root.crt"

        def health_page() -> httpx.Response | None:
            with suppress(OSError, httpx.HTTPError):
                trust = ssl.create_default_context(cafile=authority)
                return httpx.get(f"https://localhost:{port}/api/v2/monitor/health", verify=trust, trust_env=False)
            return None

        health = waiting.until(health_page, waiting.STARTED, (tmp_path / "caddy.log").read_text)
        trust = ssl.create_default_context(cafile=authority)
        assert health.json()["metadatabase"]["status"] == "healthy"
        assert "max-age" in health.headers["strict-transport-security"]
        login = httpx.get(f"https://localhost:{port}/auth/login/", verify=trust, trust_env=False)
        assert (login.status_code, 'name="password"' in login.text) == (200, True)
        assert httpx.get(f"https://localhost:{port}/execution/health", verify=trust, trust_env=False).status_code == 404
        with pytest.raises(httpx.HTTPError):
            httpx.get(f"http://localhost:{port}/", trust_env=False).raise_for_status()
    finally:
        proxy.terminate()
        proxy.wait(waiting.STOPPED)
