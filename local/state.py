"""A local stack: its name, its home under `.local/`, its ports and its generated secrets."""

import json
import os
import secrets
import socket
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCAL = ROOT / ".local"
LOGS = LOCAL / "log"

DEMO_STACKS = ("made-up", "recordings")
"""The stacks of `make demo`: one per source of data."""

PREFERRED_PORTS: Mapping[str, int] = {
    "airflow": 8080,
    "postgres": 5433,
    "s3": 8333,
    "simulator": 8090,
    "s3_grpc": 18333,
    "master": 9333,
    "master_grpc": 19333,
    "filer": 8888,
    "filer_grpc": 18888,
    "volume": 9340,
    "volume_grpc": 19340,
    "admin": 23646,
    "admin_grpc": 33646,
    "superset": 8088,
}
_SECRETS = (
    "postgres",
    "airflow_db",
    "pipeline",
    "s3_key",
    "s3_secret",
    "kofic",
    "jwt",
    "api_secret",
    "airflow_login",
    "analyst",
    "dashboards",
    "superset_db",
    "superset_key",
    "superset_login",
    "superset_publisher",
    "superset_reader",
)


class StackError(Exception):
    """The local stack cannot do what was requested; the message says what to do."""


@dataclass(frozen=True)
class Stack:
    """One stack. Each (`made-up`, `recordings`, a test's) keeps its own data, so that two never mix."""

    name: str
    ports: Mapping[str, int]
    secrets: Mapping[str, str] = field(repr=False)
    recordings: str | None = None

    @property
    def home(self) -> Path:
        """Where the stack keeps its data."""
        return LOCAL / self.name

    @property
    def airflow_url(self) -> str:
        """The address of the Airflow UI and API."""
        return f"http://127.0.0.1:{self.ports['airflow']}"

    @property
    def superset_url(self) -> str:
        """The address of Superset."""
        return f"http://127.0.0.1:{self.ports['superset']}"

    def log_file(self, name: str) -> Path:
        """The log of one of the stack's servers."""
        return LOGS / f"{self.name}-{name}.log"

    def save(self) -> None:
        """Writes the stack's ports and secrets, readable by their owner alone."""
        self.home.mkdir(parents=True, exist_ok=True)
        file = self.home / "state.json"
        file.touch(mode=0o600)
        file.write_text(json.dumps(asdict(self), indent=2))


def stored(name: str) -> Stack | None:
    """The stack of that name as it was last started, or None."""
    file = LOCAL / name / "state.json"
    if not file.exists():
        return None
    held = json.loads(file.read_text())
    return Stack(name, held["ports"], held["secrets"], held["recordings"])


def fresh(name: str, recordings: Path | None) -> Stack:
    """The stack of that name, about to start: with its old secrets if it has any, and ports that are free now.

    The demo's stacks get the default ports; those of tests and benchmarks get reserved ones, so that several can start
    concurrently.
    """
    old = stored(name)
    kept = dict(old.secrets) if old else {}
    made = {name: kept.get(name) or secrets.token_urlsafe(24) for name in _SECRETS}
    made["fernet"] = kept.get("fernet") or urlsafe_b64encode(secrets.token_bytes(32)).decode()
    stack = Stack(name, _free_ports(name, old.ports if old else {}), made, str(recordings) if recordings else None)
    stack.save()
    return stack


def _free_ports(name: str, previous: Mapping[str, int]) -> dict[str, int]:
    # Superset's Python, which reads the bundle with this module, does not have it.
    from ephemeral_port_reserve import reserve

    taken: set[int] = set()
    ports = {}
    for name, preferred in PREFERRED_PORTS.items():
        known = (previous.get(name, preferred), preferred) if name in DEMO_STACKS else ()
        ports[name] = next(port for port in (*known, *(reserve() for _ in range(5))) if port not in taken and _is_free(port))
        taken.add(ports[name])
    return ports


def seaweedfs_sockets(port: int) -> list[Path]:
    """The UNIX sockets that SeaweedFS makes for a gRPC port: it fixes their folder and names, and does not remove them."""
    return list(Path("/tmp").glob(f"seaweedfs-*-grpc-{port}.sock"))


def _is_free(port: int) -> bool:
    if any(socket_file.stat().st_uid != os.getuid() for socket_file in seaweedfs_sockets(port)):
        return False
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
