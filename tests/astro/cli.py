"""What `astro dev start` does for a project of Airflow 3, as the source of the Astro CLI says (astronomer/astro-cli, v1.9).

The compose file: airflow/include/airflow3/composeyml.go.tmpl. Its merge with the project's override, in which ${…} comes from the
caller's environment alone and never from `.env`: createDockerProject in airflow/docker.go. airflow_settings.yaml, applied by
Airflow's API once its health page answers: settings/settings.go.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import httpx
import yaml

from local import waiting

_LABELS = {"io.astronomer.docker": "true", "io.astronomer.docker.cli": "true"}
_MOUNTED = ("dags", "plugins", "include", "tests")
_DEFAULTS = {"postgres": {"tag": "12.6"}}
"""Of config/config.go, what the project's `.astro/config.yaml` may change."""


def config(home: Path) -> dict[str, Any]:
    """The project's configuration; a folder without this file is no project to the CLI."""
    found: dict[str, Any] = yaml.safe_load((home / ".astro" / "config.yaml").read_text())
    return _DEFAULTS | found


def project_name(home: Path) -> str:
    """The project's name, and a hash of the folder's path."""
    return f"{config(home)['project']['name']}_{hashlib.md5(str(home).encode(), usedforsecurity=False).hexdigest()[:6]}"


def image_name(home: Path) -> str:
    """The image that the CLI builds of the project's Dockerfile."""
    return f"{project_name(home)}/airflow:latest"


def metadata_image(home: Path) -> str:
    """The image of the PostgreSQL for Airflow's metadata."""
    return f"postgres:{config(home)['postgres']['tag']}"


def compose_file(home: Path) -> dict[str, Any]:
    """What the CLI generates, before it merges the project's override into it."""
    name = project_name(home)
    database = "postgresql://postgres:postgres@postgres:5432"
    environment = {
        "AIRFLOW__API__BASE_URL": "http://localhost:8080",
        "AIRFLOW__API__PORT": "8080",
        "AIRFLOW__API_AUTH__JWT_SECRET": name,
        "AIRFLOW__CORE__AUTH_MANAGER": "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": "http://api-server:8080/execution/",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        # The CLI's own, the same in every project.
        "AIRFLOW__CORE__FERNET_KEY": "d6Vefz3G9U_ynXB3cr7y_Ak35tAHkEGAVxuz_B-jzWw=",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__SQL_ALCHEMY_CONN": database,
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database,
        "AIRFLOW__SCHEDULER__STANDALONE_DAG_PROCESSOR": "True",
        "AIRFLOW__API__SECRET_KEY": name,
        "ASTRONOMER_ENVIRONMENT": "local",
    }
    image = {"image": image_name(home), "networks": ["airflow"], "environment": environment, "labels": _LABELS}
    services: dict[str, Any] = {
        "postgres": {
            "image": metadata_image(home),
            "restart": "unless-stopped",
            "networks": ["airflow"],
            "labels": _LABELS,
            "ports": ["127.0.0.1:5432:5432"],
            "volumes": ["postgres_data:/var/lib/postgresql/data"],
            "environment": {"POSTGRES_USER": "postgres", "POSTGRES_PASSWORD": "postgres"},
        },
        "db-migration": {**image, "depends_on": ["postgres"], "command": ["airflow", "db", "migrate"]},
    }
    for service in ("scheduler", "dag-processor", "api-server", "triggerer"):
        mounted = [folder for folder in _MOUNTED if (service, folder) != ("triggerer", "tests")]
        services[service] = {
            **image,
            "depends_on": ["db-migration"],
            "command": ["airflow", service],
            "restart": "unless-stopped",
            "user": "astro",
            "volumes": [f"{home / folder}:/usr/local/airflow/{folder}:z" for folder in mounted]
            + ["airflow_logs:/usr/local/airflow/logs"],
            "env_file": ".env",
        }
    services["api-server"]["ports"] = ["127.0.0.1:8080:8080"]
    services["scheduler"]["volumes"].append(f"{home}/airflow_settings.yaml:/usr/local/airflow/airflow_settings.yaml:z")
    volumes = {name: {"driver": "local"} for name in ("postgres_data", "airflow_logs")}
    return {"networks": {"airflow": {"driver": "bridge"}}, "volumes": volumes, "services": services}


def signed_in(url: str) -> httpx.Client:
    """Airflow's API, with the token that the CLI asks for."""
    login = httpx.post(f"{url}/auth/token", json={"username": "admin", "password": "admin"}, trust_env=False)
    headers = {"Authorization": f"Bearer {login.raise_for_status().json()['access_token']}"}
    return httpx.Client(base_url=f"{url}/api/v2", headers=headers, trust_env=False, timeout=waiting.ANSWER)


def apply_settings(api: httpx.Client, file: Path) -> None:
    """Pools, variables and connections, in the CLI's order; what is empty is left out."""
    settings = yaml.safe_load(file.read_text())["airflow"]
    for pool in settings["pools"]:
        body = {"name": pool["pool_name"], "slots": pool["pool_slot"], "description": pool["pool_description"]}
        _upsert(api, "pools", body["name"], {**body, "include_deferred": False})
    for variable in settings["variables"]:
        _upsert(
            api, "variables", variable["variable_name"], {"key": variable["variable_name"], "value": variable["variable_value"]}
        )
    for connection in settings["connections"]:
        given = {name.removeprefix("conn_"): value for name, value in connection.items() if value}
        body = {"connection_id": given.pop("id"), "conn_type": given.pop("type"), **given}
        if "extra" in body:
            body["extra"] = json.dumps(body["extra"])
        _upsert(api, "connections", body["connection_id"], body)


def _upsert(api: httpx.Client, resource: str, name: str, body: dict[str, Any]) -> None:
    answer = api.post(f"/{resource}", json=body)
    if answer.status_code == httpx.codes.CONFLICT:
        answer = api.patch(f"/{resource}/{name}", json=body)
    answer.raise_for_status()
