"""What the Astro CLI asks of a clone, by its source; `make astro-rehearsal` runs it."""

import re
import subprocess

import pytest
import yaml

from local.state import ROOT

OVERRIDE = (ROOT / "docker-compose.override.yml").read_text()
SERVICES = yaml.safe_load(OVERRIDE)["services"]


def test_a_clone_is_a_project_and_the_rest_of_the_clis_folder_stays_out():
    tracked = subprocess.run(["git", "ls-files", ".astro"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert tracked == [".astro/config.yaml"]
    assert yaml.safe_load((ROOT / ".astro" / "config.yaml").read_text())["project"]["name"]


def test_the_runtimes_tag_can_be_read_in_the_dockerfile():
    """The CLI puts no ARG into a FROM."""
    assert re.findall(r"^FROM .*", (ROOT / "Dockerfile").read_text(), re.MULTILINE) == [
        "FROM astrocrpublic.azurecr.io/runtime:3.3-8-python-3.12"
    ]


def test_no_value_is_asked_of_the_shell():
    """`.env` is given to containers, and to no ${…} of a compose file."""
    assert all(":-" in found for found in re.findall(r"(?<!\$)\$\{[^}]*\}", OVERRIDE.partition("services:")[2]))


@pytest.mark.parametrize("name", SERVICES)
def test_each_service_is_on_the_clis_network_and_open_to_this_machine_alone(name):
    assert "airflow" in SERVICES[name]["networks"]
    assert all(port.startswith("127.0.0.1:") for port in SERVICES[name].get("ports", []))


def test_what_the_services_read_of_env_is_in_the_example():
    example = (ROOT / ".env.example").read_text()
    given = set(re.findall(r"^(\w+)=", example, re.MULTILINE))
    assert {
        "POSTGRES_PASSWORD",
        "KOFIC_SIMULATOR_KEYS",
        "SUPERSET_SECRET_KEY",
        "SUPERSET_ADMIN_PASSWORD",
        "SUPERSET_READER_PASSWORD",
        "SUPERSET_PUBLISHER_PASSWORD",
        "DASHBOARDS_PASSWORD",
    } <= given
    assert {"AIRFLOW_CONN_KOFIC", "AIRFLOW_CONN_AWS_DEFAULT", "AIRFLOW_CONN_WAREHOUSE", "AIRFLOW_CONN_SUPERSET"} <= given
