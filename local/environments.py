"""Environments of Python packages next to .venv, each from a lock file of its own."""

import hashlib
import shutil
import subprocess
import sys
import time
from pathlib import Path

from rich.console import Console

from local import caller, waiting
from local.state import LOCAL, ROOT, StackError


def install(what: str, home: Path, lock: Path, console: Console) -> None:
    """Makes the environment `home` of the lock file, unless it is there already.

    Raises:
        StackError: uv is missing or failed; the message has its output.
    """
    stamp = home / ".locked"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    own = LOCAL / "uv" / "bin" / "uv"
    uv = str(own) if own.exists() else shutil.which("uv")
    if uv is None:
        raise StackError("uv is missing. Remedy: `make setup`.")
    started = time.monotonic()
    console.print(f"Installing {what} into {home.relative_to(ROOT)} …")
    shutil.rmtree(home, ignore_errors=True)
    environment = caller.for_installers() | package_index()
    run([uv, "venv", "--quiet", "--python", sys.executable, str(home)], environment)
    sync = ["pip", "sync", "--quiet", "--require-hashes", "--python", str(home / "bin" / "python"), str(lock)]
    run([uv, *sync], environment)
    stamp.write_text(wanted)
    console.print(f"  installed in {time.monotonic() - started:.0f} s")


def package_index() -> dict[str, str]:
    """The variable that gives uv the package index that pip is set up with, as in bootstrap.sh."""
    environment = caller.for_installers()
    if environment.get("UV_DEFAULT_INDEX") or environment.get("UV_INDEX_URL"):
        return {}
    for python in (str(LOCAL / "uv" / "bin" / "python"), sys.executable):
        if Path(python).exists():
            words = [python, "-m", "pip", "config", "get", "global.index-url"]
            found = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=waiting.ANSWER)
            if found.returncode == 0 and found.stdout.strip():
                return {"UV_DEFAULT_INDEX": found.stdout.strip()}
    return {}


def run(words: list[str], environment: dict[str, str]) -> None:
    """Runs an installer.

    Raises:
        StackError: it failed; the message has its output.
    """
    done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=waiting.COMMAND)
    if done.returncode:
        raise StackError(f"`{Path(words[0]).name} {words[1]}` failed: {done.stderr.strip()[-2000:]}")
