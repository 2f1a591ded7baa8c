"""What the production stack on one machine must hold, read from its file and its first-start script."""

import json
import os
import re
import shutil
import stat
import subprocess

import pytest
from cryptography.fernet import Fernet

from local import waiting
from tests.ec2.composed import AIRFLOW, EC2, compose, env_file, example

LONG_RUNNING = ("metadata", "api-server", "scheduler", "dag-processor", "triggerer", "lateness", "proxy")


@pytest.fixture(scope="module")
def services():
    return compose(example())["services"]


def test_each_of_airflows_services_is_on_its_own_and_nothing_is_made_up(services):
    assert set(services) == {*LONG_RUNNING, "migrate"}
    assert "simulator" not in (EC2 / "compose.yaml").read_text()
    for name in AIRFLOW[1:]:
        assert services[name]["command"][:2] == ["airflow", name]
        assert services[name]["image"] == services["migrate"]["image"]


@pytest.mark.parametrize("name", LONG_RUNNING)
def test_each_service_is_watched_bounded_and_started_again(services, name):
    service = services[name]
    assert service["restart"] == "unless-stopped"
    assert service["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}
    assert re.fullmatch(r"\d+[mg]", service["mem_limit"])
    assert service["logging"]["driver"] == "awslogs"
    assert service["logging"]["options"]["mode"] == "non-blocking"


def test_the_memory_of_all_fits_the_templates_machine(services):
    megabytes = sum(
        int(each["mem_limit"][:-1]) * (1024 if each["mem_limit"][-1] == "g" else 1)
        for name, each in services.items()
        if name != "migrate"
    )
    assert megabytes <= 7.5 * 1024, "m7i.large has 8 GB"


def test_only_the_proxy_has_a_port_and_it_speaks_tls(services):
    assert {name: each["ports"] for name, each in services.items() if "ports" in each} == {"proxy": ["443:443"]}
    assert "tls internal" in (EC2 / "Caddyfile").read_text()


def test_the_page_reads_task_logs_from_the_volume_and_nobody_serves_them(services):
    for name in ("scheduler", "triggerer"):
        assert "--skip-serve-logs" in services[name]["command"]
    logs = {name: [each for each in services[name]["volumes"] if each.endswith("/logs")] for name in AIRFLOW}
    assert all(folders == logs["scheduler"] != [] for folders in logs.values())


def test_no_secret_is_in_an_environment_or_a_command(services):
    for name, service in services.items():
        for variable, value in service["environment"].items():
            assert not re.search(r"PASSWORD$|SECRET$|SECRET_KEY$|FERNET_KEY$|SQL_ALCHEMY_CONN$", variable), (
                f"{name}: {variable} is no file"
            )
            assert "://" not in value or "@" not in value
        assert not service.get("env_file")


def test_nobody_gets_in_without_a_user_of_his_own(services):
    environment = services["api-server"]["environment"]
    assert environment["AIRFLOW__CORE__AUTH_MANAGER"].endswith("FabAuthManager")
    assert "SIMPLE_AUTH_MANAGER_ALL_ADMINS" not in json.dumps(environment)
    assert environment["AIRFLOW__API__EXPOSE_CONFIG"] == "False"


def test_only_the_three_connections_are_looked_for_in_secrets_manager(services):
    keywords = json.loads(services["scheduler"]["environment"]["AIRFLOW__SECRETS__BACKEND_KWARGS"])
    pattern = re.compile(keywords["connections_lookup_pattern"])
    assert [name for name in ("kofic", "aws_default", "warehouse", "kofic2", "other") if pattern.match(name)] == [
        "kofic",
        "aws_default",
        "warehouse",
    ]
    assert keywords["variables_prefix"] is keywords["config_prefix"] is None


@pytest.fixture
def first_start(tmp_path):
    """Runs a copy of the script with these variables, and nothing of the caller's."""
    shutil.copy(EC2 / "first-start.sh", tmp_path)

    def run(**variables: str) -> str:
        environment = {"PATH": os.environ["PATH"], "AWS_REGION": "ap-northeast-2", "BUCKET": "airflow-project3", **variables}
        done = subprocess.run(
            [str(tmp_path / "first-start.sh")],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=waiting.COMMAND,
        )
        return done.stdout + done.stderr

    run.folder = tmp_path
    return run


def test_the_first_start_generates_every_secret_and_shows_none(first_start):
    shown = first_start()
    made = {file.name: file.read_text() for file in (first_start.folder / "secrets").iterdir()}
    assert set(made) == {*compose(example())["secrets"], "admin_password"}
    assert len(set(made.values())) == len(made)
    assert all(len(value) >= 32 and value == value.strip() and value not in shown for value in made.values())
    Fernet(made["fernet_key"])
    for file in (first_start.folder / "secrets").iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert set(env_file(first_start.folder / ".env")) == set(example())


def test_a_second_start_changes_nothing(first_start):
    first_start()
    before = {file: file.read_bytes() for file in first_start.folder.rglob("*") if file.is_file()}
    first_start(STACK="another")
    assert {file: file.read_bytes() for file in first_start.folder.rglob("*") if file.is_file()} == before


def test_one_variable_puts_the_metadata_elsewhere(first_start):
    url = "postgresql+psycopg2://airflow:pw@box.rds.amazonaws.com:5432/airflow?sslmode=verify-full"
    shown = first_start(METADATA_URL=url)
    assert (first_start.folder / "secrets" / "metadata_url").read_text() == url
    assert env_file(first_start.folder / ".env")["COMPOSE_PROFILES"] == ""
    assert "pw" not in shown
    services = compose(example())["services"]
    assert services["metadata"]["profiles"] == ["metadata"]
    assert services["migrate"]["depends_on"]["metadata"]["required"] is False


def test_two_starts_never_share_a_secret(first_start, tmp_path):
    first_start()
    one = (tmp_path / "secrets" / "admin_password").read_text()
    shutil.rmtree(tmp_path / "secrets")
    first_start()
    assert (tmp_path / "secrets" / "admin_password").read_text() != one
