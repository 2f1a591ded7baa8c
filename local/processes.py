"""Runs the stack's servers under supervisord, and finds what an earlier stack left behind.

supervisord holds every secret in its environment, from where its programs inherit it: none is in a file or a command.

Every process of a stack carries its mark (`local/marked.py`), by which it is found whatever became of its parents. Titles and
environments are overwritten (setproctitle, PostgreSQL), sessions and process groups are left (dbt's and PostgreSQL's children
call setsid), and a pid that was written down is given to another process.
"""

import configparser
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import xmlrpc.client
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from http.client import HTTPException
from pathlib import Path
from typing import Any

import psutil
from supervisor.xmlrpc import Faults, SupervisorTransport

from local import waiting
from local.state import LOGS, ROOT, Stack, StackError, seaweedfs_sockets

_LOG_BYTES = "20MB"


@dataclass(frozen=True)
class Program:
    """One server: its command, how to see that it is healthy, and the signal that stops it."""

    name: str
    command: str
    healthy: Callable[[], bool]
    stop_signal: str = "TERM"


def socket_path(stack: Stack, name: str) -> Path:
    """Where a UNIX socket of the stack is: in a folder of its own under the system's temporary one, its owner's alone.

    A socket's path has at most 107 bytes, which a clone in a deep folder would pass.
    """
    digest = hashlib.sha256(str(stack.home).encode()).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"box-office-{os.getuid()}-{digest}"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder / f"{name}.sock"


def _socket(stack: Stack) -> Path:
    return socket_path(stack, "supervisord")


def _rpc(stack: Stack) -> Any:
    transport = SupervisorTransport(None, None, f"unix://{_socket(stack)}")
    return xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport).supervisor


def is_up(stack: Stack) -> bool:
    """Whether the stack's supervisord answers."""
    with suppress(OSError, HTTPException, xmlrpc.client.Error):
        return bool(_rpc(stack).getState()["statename"] == "RUNNING")
    return False


def running(stack: Stack) -> set[str]:
    """The names of the stack's servers that run."""
    if not is_up(stack):
        return set()
    return {each["name"] for each in _rpc(stack).getAllProcessInfo() if each["statename"] == "RUNNING"}


def start(stack: Stack, programs: Iterable[Program], environment: Mapping[str, str]) -> None:
    """Starts supervisord with the stack's programs, none of them running yet."""
    end(stack)
    LOGS.mkdir(parents=True, exist_ok=True)
    config = stack.home / "supervisord.conf"
    with config.open("w") as file:
        _configuration(stack, programs).write(file)
    _socket(stack).unlink(missing_ok=True)
    done = subprocess.run(
        [sys.executable, "-m", "local.marked", str(_mark(stack)), "-c", str(config)],
        env=dict(environment),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=waiting.ANSWER,
    )
    if done.returncode:
        raise StackError(f"supervisord did not start: {done.stderr.strip() or done.stdout.strip()}")
    message = f"supervisord does not answer; see {stack.log_file('supervisord')}"
    waiting.until(lambda: is_up(stack), waiting.STARTED, lambda: message)


def _configuration(stack: Stack, programs: Iterable[Program]) -> configparser.RawConfigParser:
    config = configparser.RawConfigParser()
    config["unix_http_server"] = {"file": str(_socket(stack)), "chmod": "0700"}
    config["supervisord"] = {
        "logfile": str(stack.log_file("supervisord")),
        "pidfile": str(stack.home / "supervisord.pid"),
        "childlogdir": str(LOGS),
        "nocleanup": "true",
        "umask": "077",
    }
    config["rpcinterface:supervisor"] = {"supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"}
    for program in programs:
        config[f"program:{program.name}"] = {
            "command": program.command.replace("%", "%%"),
            "directory": str(ROOT),
            "autostart": "false",
            "autorestart": "unexpected",
            "startsecs": "1",
            "startretries": "1",
            "stopsignal": program.stop_signal,
            "stopwaitsecs": "20",
            "stopasgroup": "true",
            "killasgroup": "true",
            "redirect_stderr": "true",
            "stdout_logfile": str(stack.log_file(program.name)),
            "stdout_logfile_maxbytes": _LOG_BYTES,
            "stdout_logfile_backups": "1",
        }
    return config


def run(stack: Stack, programs: Iterable[Program]) -> None:
    """Starts these programs together and waits until each is healthy.

    Raises:
        StackError: one died or did not get healthy in its time; the message has the end of its log.
    """
    rpc = _rpc(stack)
    started = list(programs)
    for program in started:
        _start(rpc, program.name)
    for program in started:
        waiting.until(partial(_is_healthy, stack, program), waiting.STARTED, partial(_not_healthy, stack, program))


def _start(rpc: Any, name: str) -> None:
    try:
        rpc.startProcess(name, False)
    except xmlrpc.client.Fault as fault:
        # It runs, or died just now and supervisord starts it again by itself.
        if fault.faultCode != Faults.ALREADY_STARTED:
            raise


def _is_healthy(stack: Stack, program: Program) -> bool:
    if _rpc(stack).getProcessInfo(program.name)["statename"] in {"FATAL", "EXITED", "BACKOFF"}:
        raise StackError(_not_healthy(stack, program))
    return program.healthy()


def _not_healthy(stack: Stack, program: Program) -> str:
    log = stack.log_file(program.name)
    tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:]) if log.exists() else "(nothing)"
    return f"{program.name} died or does not answer. The end of {log}:\n{tail}\nRemedy: `make down`, then try again."


def stop(stack: Stack) -> None:
    """Stops the stack's servers, and whatever an earlier one left behind."""
    with suppress(OSError, HTTPException, xmlrpc.client.Error, psutil.Error, StackError):
        rpc = _rpc(stack)
        supervisord = psutil.Process(rpc.getPID())
        rpc.shutdown()
        waiting.until(lambda: not _runs(supervisord), waiting.STOPPED, lambda: "some servers do not stop")
    end(stack)


def end(stack: Stack) -> None:
    """Ends all of the stack's processes together, whether or not a supervisord is among them.

    Raises:
        StackError: some do not end, even when killed; the message has their pids.
    """
    _signal(stack, psutil.Process.terminate)
    with suppress(StackError):
        waiting.until(lambda: not own(stack), waiting.LEFT, lambda: "some have to be killed")
    # Repeatedly: one may have started another before it ended.
    waiting.until(lambda: not _signal(stack, psutil.Process.kill), waiting.STOPPED, lambda: f"these do not end: {own(stack)}")
    shutil.rmtree(_socket(stack).parent, ignore_errors=True)
    for port in stack.ports.values():
        for left in seaweedfs_sockets(port):
            with suppress(PermissionError):
                left.unlink()


def _signal(stack: Stack, send: Callable[[psutil.Process], None]) -> list[psutil.Process]:
    found = own(stack)
    for process in found:
        with suppress(psutil.NoSuchProcess):
            send(process)
    return found


def own(stack: Stack) -> list[psutil.Process]:
    """The stack's processes: supervisord, its servers, and all that these started."""
    mark, found = _mark(stack), []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.rlimit(psutil.RLIMIT_LOCKS)[0] == mark and _runs(process):
                found.append(process)
    return found


def join(stack: Stack) -> None:
    """Makes this process, and what it starts from now on, one of the stack's, which end with it."""
    psutil.Process().rlimit(psutil.RLIMIT_LOCKS, (_mark(stack), psutil.RLIM_INFINITY))


def _runs(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return process.is_running() and bool(process.status() != psutil.STATUS_ZOMBIE)
    return False


def _mark(stack: Stack) -> int:
    """The number of the stack's folder: it differs between clones and between stacks, and stays when a stack is started again."""
    return int.from_bytes(hashlib.sha256(str(stack.home).encode()).digest()[:8]) >> 2
