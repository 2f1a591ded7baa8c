"""What one local stack is: its world, its home under `.local/`, its ports and its generated secrets."""

import json
import os
import secrets
import socket
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ephemeral_port_reserve import reserve

ROOT = Path(__file__).resolve().parent.parent
LOCAL = ROOT / ".local"
LOGS = LOCAL / "log"

WORLDS = ("made-up", "recordings")
"""The worlds of `make demo`."""

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
)


class StackError(Exception):
    """The local stack cannot do what was asked; the message says what to do."""


@dataclass(frozen=True)
class Stack:
    """One stack. Each world (`made-up`, `recordings`, a test's) has data of its own, so that two never mix."""

    world: str
    ports: Mapping[str, int]
    secrets: Mapping[str, str] = field(repr=False)
    recordings: str | None = None

    @property
    def home(self) -> Path:
        """Where the stack keeps its data."""
        return LOCAL / self.world

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
        return LOGS / f"{self.world}-{name}.log"

    def save(self) -> None:
        """Writes the stack's ports and secrets, readable by their owner alone."""
        self.home.mkdir(parents=True, exist_ok=True)
        file = self.home / "state.json"
        file.touch(mode=0o600)
        file.write_text(json.dumps(asdict(self), indent=2))


def stored(world: str) -> Stack | None:
    """The stack of that world as it was last started, or None."""
    file = LOCAL / world / "state.json"
    return Stack(**json.loads(file.read_text())) if file.exists() else None


def fresh(world: str, recordings: Path | None) -> Stack:
    """The stack of that world, about to start: its old secrets if it has any, and ports that are free now.

    The demo's worlds get the ports that people expect; others (of tests, of benchmarks) get ports that are given to nobody else,
    so that several can start at once.
    """
    old = stored(world)
    kept = dict(old.secrets) if old else {}
    made = {name: kept.get(name) or secrets.token_urlsafe(24) for name in _SECRETS}
    made["fernet"] = kept.get("fernet") or urlsafe_b64encode(secrets.token_bytes(32)).decode()
    stack = Stack(world, _free_ports(world, old.ports if old else {}), made, str(recordings) if recordings else None)
    stack.save()
    return stack


def _free_ports(world: str, wished: Mapping[str, int]) -> dict[str, int]:
    taken: set[int] = set()
    ports = {}
    for name, preferred in PREFERRED_PORTS.items():
        known = (wished.get(name, preferred), preferred) if world in WORLDS else ()
        ports[name] = next(port for port in (*known, *(reserve() for _ in range(5))) if port not in taken and _is_free(port))
        taken.add(ports[name])
    return ports


def seaweedfs_sockets(port: int) -> list[Path]:
    """The UNIX sockets that SeaweedFS puts beside a gRPC port: it fixes their folder and names, and leaves them behind."""
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
