"""The environment of the local Airflow: its configuration, and the connections and variables of airflow_settings.yaml."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from local import caller
from local.state import LOGS, ROOT, Stack

AIRFLOW_USER = "admin"


def airflow_settings() -> dict[str, Any]:
    """The project's airflow_settings.yaml."""
    settings: dict[str, Any] = yaml.safe_load((ROOT / "airflow_settings.yaml").read_text())["airflow"]
    return settings


def connections(stack: Stack, warehouse: Mapping[str, Any] | None = None) -> dict[str, dict[str, Any]]:
    """The project's connections, pointed at this stack's servers. `warehouse` has the fields in which that one differs."""
    ports, secrets = stack.ports, stack.secrets
    here: Mapping[str, Mapping[str, Any]] = {
        "kofic": {"host": f"http://127.0.0.1:{ports['simulator']}", "password": secrets["kofic"]},
        "aws_default": {
            "login": secrets["s3_key"],
            "password": secrets["s3_secret"],
            "extra": {"endpoint_url": f"http://127.0.0.1:{ports['s3']}"},
        },
        "superset": {"host": stack.superset_url, "password": secrets["superset_publisher"]},
        "warehouse": {"host": "127.0.0.1", "port": ports["postgres"], "password": secrets["pipeline"], **(warehouse or {})},
    }
    made = {}
    for entry in airflow_settings()["connections"]:
        connection = {name.removeprefix("conn_"): value for name, value in entry.items() if name != "conn_id"}
        local = dict(here[entry["conn_id"]])
        extra = {**(connection["extra"] or {}), **local.pop("extra", {})}
        connection["conn_type"] = connection.pop("type")
        made[entry["conn_id"]] = {name: value for name, value in {**connection, **local, "extra": extra}.items() if value}
    return made


def bucket() -> str:
    """The name of the lake's bucket."""
    variables = {each["variable_name"]: each["variable_value"] for each in airflow_settings()["variables"]}
    return str(variables["box_office_bucket"])


def environment(stack: Stack, warehouse: Mapping[str, Any] | None = None) -> dict[str, str]:
    """Everything that the stack's servers get as environment: the caller's adds what `local/caller.py` lets through.

    `warehouse`: as for `connections`.
    """
    ports, secrets, home = stack.ports, stack.secrets, stack.home / "airflow"
    database = f"airflow:{secrets['airflow_db']}@127.0.0.1:{ports['postgres']}/airflow"
    login = home / "login.json"
    passed = caller.for_servers()
    own = {
        "AIRFLOW_HOME": str(home),
        "PYTHONPATH": f"{ROOT}:{ROOT / 'config'}",
        # Cosmos and Airflow start `dbt` and `airflow` by name.
        "PATH": f"{Path(sys.executable).parent}:{passed.get('PATH', '')}",
        "KOFIC_SIMULATOR_KEYS": secrets["kofic"],
        "AIRFLOW__API__BASE_URL": stack.airflow_url,
        "AIRFLOW__API__EXPOSE_CONFIG": "False",
        "AIRFLOW__API__SECRET_KEY": secrets["api_secret"],
        "AIRFLOW__API_AUTH__JWT_SECRET": secrets["jwt"],
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{stack.airflow_url}/execution/",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__FERNET_KEY": secrets["fernet"],
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
        # The first `dbt ls` of a machine takes 6 s when it is idle, and Airflow's own limit is 30 s.
        "AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT": "120",
        "AIRFLOW__DAG_PROCESSOR__DAG_FILE_PROCESSOR_TIMEOUT": "180",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{AIRFLOW_USER}:admin",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(login),
        "AIRFLOW__COSMOS__CACHE_DIR": str(stack.home / "cosmos"),
        "AIRFLOW__COSMOS__ENABLE_TELEMETRY": "False",
        "AIRFLOW__COSMOS__ENABLE_MEMORY_OPTIMISED_IMPORTS": "True",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"postgresql+psycopg2://{database}",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC": f"postgresql+asyncpg://{database}",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(LOGS / f"{stack.name}-airflow"),
        "AIRFLOW__LOGGING__LOGGING_CONFIG_CLASS": "shared_task_logs.LOGGING_CONFIG",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "False",
        "DO_NOT_TRACK": "1",
        "NO_PROXY": "127.0.0.1,localhost",
        "SCARF_ANALYTICS": "false",
    }
    for name, connection in connections(stack, warehouse).items():
        own[f"AIRFLOW_CONN_{name.upper()}"] = json.dumps(connection)
    for entry in airflow_settings()["variables"]:
        own[f"AIRFLOW_VAR_{entry['variable_name'].upper()}"] = str(entry["variable_value"])
    return {**passed, **own}


def write_login(stack: Stack) -> None:
    """Writes Airflow's password file, readable by its owner alone."""
    file = stack.home / "airflow" / "login.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_text(json.dumps({AIRFLOW_USER: stack.secrets["airflow_login"]}))
