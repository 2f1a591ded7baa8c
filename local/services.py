"""The stack's servers: what starts each, and how to see that it is healthy."""

import json
import shlex
import sys
from pathlib import Path

import httpx

from local import postgres
from local.processes import Program, socket_path
from local.state import Stack

_BIN = Path(sys.executable).parent


def answers(url: str, *good: int) -> bool:
    """Whether a server answers there, with one of these status codes."""
    try:
        return httpx.get(url, timeout=2, trust_env=False).status_code in good
    except httpx.HTTPError:
        return False


def data_servers(stack: Stack) -> tuple[Program, ...]:
    """PostgreSQL, the S3 server and the KOFIC simulator."""
    ports = stack.ports
    simulator = [sys.executable, "-m", "include.kofic_simulator", "--port", str(ports["simulator"]), "--daily-calls", "1000000"]
    # A second `make demo` changes no figure: the days that KOFIC would still revise are served as they end up.
    simulator.append("--no-revisions")
    if stack.recordings:
        simulator += ["--recordings", stack.recordings]
    return (
        Program("postgres", shlex.join(postgres.command(stack)), lambda: postgres.is_healthy(stack), stop_signal="INT"),
        # An unsigned request is refused with 403: the server is up.
        Program("s3", shlex.join(_seaweedfs(stack)), lambda: answers(f"http://127.0.0.1:{ports['s3']}", 200, 403)),
        Program("simulator", shlex.join(simulator), lambda: answers(f"http://127.0.0.1:{ports['simulator']}/healthz", 200)),
    )


def _seaweedfs(stack: Stack) -> list[str]:
    ports, home = stack.ports, stack.home / "s3"
    home.mkdir(parents=True, exist_ok=True)
    identities = home / "identities.json"
    identities.touch(mode=0o600)
    credentials = [{"accessKey": stack.secrets["s3_key"], "secretKey": stack.secrets["s3_secret"]}]
    admin = {"name": "pipeline", "credentials": credentials, "actions": ["Admin", "Read", "Write", "List", "Tagging"]}
    identities.write_text(json.dumps({"identities": [admin]}))
    options = {
        "dir": str(home),
        "ip": "127.0.0.1",
        "ip.bind": "127.0.0.1",
        "admin.ui": "false",
        "webdav": "false",
        "master.telemetry": "false",
        "s3.config": str(identities),
        "s3.port.iceberg": "0",
        "s3.port.lance": "0",
    }
    for server in ("s3", "master", "filer", "volume", "admin"):
        options[f"{server}.port"] = str(ports[server])
        options[f"{server}.port.grpc"] = str(ports[f"{server}_grpc"])
    for server in ("s3", "filer"):
        # Under /tmp by its own choice, where the socket that another user's server left behind would stop this one.
        options[f"{server}.localSocket"] = str(socket_path(stack, server))
    return [str(_BIN / "weed"), "mini", *(f"-{name}={value}" for name, value in options.items())]


def airflow_servers(stack: Stack) -> tuple[Program, ...]:
    """Airflow's four components. The api-server's health page reports the other three by their heartbeats.

    The log servers that scheduler and triggerer would start listen on every address, whatever is configured. None is needed where
    the api-server reads the files itself (`config/shared_task_logs.py`).
    """

    def command(*words: str) -> str:
        return shlex.join([str(_BIN / "airflow"), *words])

    def beats(component: str) -> bool:
        try:
            health = httpx.get(f"{stack.airflow_url}/api/v2/monitor/health", timeout=5, trust_env=False).json()
        except (httpx.HTTPError, ValueError):
            return False
        return bool(health.get(component, {}).get("status") == "healthy")

    api = command("api-server", "--host", "127.0.0.1", "--port", str(stack.ports["airflow"]), "--workers", "1")
    return (
        Program("api-server", api, lambda: beats("metadatabase")),
        Program("scheduler", command("scheduler", "--skip-serve-logs"), lambda: beats("scheduler")),
        Program("dag-processor", command("dag-processor"), lambda: beats("dag_processor")),
        Program("triggerer", command("triggerer", "--skip-serve-logs"), lambda: beats("triggerer")),
    )
