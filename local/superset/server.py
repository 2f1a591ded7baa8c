"""Superset's server: its own environment of packages, its metadata, and its place under the stack's supervisord."""

import hashlib
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from secrets import token_urlsafe

import httpx
from rich.console import Console

from local import caller, environments, processes, waiting
from local.processes import Program
from local.state import LOCAL, ROOT, Stack, StackError

ADMIN = "admin"
READER = "reader"
PUBLISHER = "publisher"
PASSWORDS = {ADMIN: "superset_login", READER: "superset_reader", PUBLISHER: "superset_publisher"}
"""By user: under which name the stack has the password."""
LOCK = ROOT / "local" / "requirements-superset.lock"
HOME = LOCAL / "superset-venv"
PYTHON = HOME / "bin" / "python"
INSIDE = Path(__file__).parent / "inside"


def install(console: Console) -> None:
    """Makes Superset's environment, unless it is there already.

    Raises:
        StackError: as `environments.install`.
    """
    environments.install("Superset 6.1.0", HOME, LOCK, console)


def environment(stack: Stack) -> dict[str, str]:
    """What Superset's server and its commands get as environment, in addition to the stack's own."""
    ports, secrets = stack.ports, stack.secrets
    database = f"superset:{secrets['superset_db']}@127.0.0.1:{ports['postgres']}/superset"
    return {
        "SUPERSET_CONFIG_PATH": str(INSIDE / "superset_config.py"),
        "SUPERSET_DATABASE_URI": f"postgresql+psycopg2://{database}",
        "SUPERSET_HOME": str(stack.home / "superset"),
        "SUPERSET_SECRET_KEY": secrets["superset_key"],
    }


def accounts(stack: Stack) -> dict[str, str]:
    """The accounts besides the administrator's, as the environment of what makes them."""
    return {
        "SUPERSET_READER": READER,
        "SUPERSET_READER_PASSWORD": stack.secrets[PASSWORDS[READER]],
        "SUPERSET_PUBLISHER": PUBLISHER,
        "SUPERSET_PUBLISHER_PASSWORD": stack.secrets[PASSWORDS[PUBLISHER]],
    }


def program(stack: Stack) -> Program:
    """The server as one of supervisord's programs; it is started on demand."""
    # A browser keeps its connections open: without a bound, stopping waits for them.
    workers = "--workers 2 --worker-class gthread --threads 8 --timeout 120 --graceful-timeout 3"
    # -I: Superset's Python must not see the project's PYTHONPATH.
    command = f'{PYTHON} -I -m gunicorn {workers} --bind 127.0.0.1:{stack.ports["superset"]} "superset.app:create_app()"'
    return Program("superset", command, lambda: is_healthy(stack))


def is_healthy(stack: Stack) -> bool:
    """Whether the server answers."""
    try:
        return httpx.get(f"{stack.superset_url}/health", timeout=5, trust_env=False).text == "OK"
    except httpx.HTTPError:
        return False


def run_plain(script: str, *words: str, extra: Mapping[str, str]) -> str:
    """Runs one of the scripts in `inside/` with Superset's Python and returns what it printed.

    Raises:
        StackError: it failed; the message has the end of its output.
    """
    done = subprocess.run(
        [str(PYTHON), "-I", str(INSIDE / script), *words],
        env={**caller.for_servers(), "NO_PROXY": "127.0.0.1,localhost", **extra},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=waiting.COMMAND,
    )
    if done.returncode:
        raise StackError(f"{script} failed:\n{done.stdout.strip()[-3000:]}")
    return done.stdout


def validate(folder: Path) -> None:
    """Checks a bundle with the schemas of Superset's importer, without a server.

    Raises:
        StackError: what does not fit; one line per file.
    """
    config = {"SUPERSET_CONFIG_PATH": str(INSIDE / "superset_config.py"), "SUPERSET_DATABASE_URI": "sqlite://"}
    with tempfile.TemporaryDirectory() as home:
        extra = {**config, "SUPERSET_HOME": home, "SUPERSET_SECRET_KEY": token_urlsafe(32)}
        run_plain("validate.py", str(folder), extra=extra)


def start(stack: Stack, console: Console) -> None:
    """Superset, running and healthy: as it is if it runs already, else installed, prepared and started.

    Raises:
        StackError: the stack is older than this command, or Superset does not start.
    """
    if "superset" not in stack.ports or not stack.secrets.keys() >= set(PASSWORDS.values()):
        raise StackError("this stack was started by an older version. Remedy: `make down`, then `make demo`.")
    install(console)
    if "superset" in processes.running(stack) and is_healthy(stack):
        return
    started = time.monotonic()
    home = stack.home / "superset"
    home.mkdir(parents=True, exist_ok=True)
    stamp = home / "prepared"
    wanted = hashlib.sha256(LOCK.read_bytes() + (INSIDE / "prepare.py").read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text() != wanted:
        login = {"SUPERSET_ADMIN": ADMIN, "SUPERSET_ADMIN_PASSWORD": stack.secrets[PASSWORDS[ADMIN]]}
        log = stack.log_file("superset-prepare")
        log.touch(mode=0o600)
        log.write_text(run_plain("prepare.py", extra={**environment(stack), **accounts(stack), **login}))
        stamp.write_text(wanted)
    processes.run(stack, [program(stack)])
    console.print(f"  up in {time.monotonic() - started:4.1f} s: Superset")
