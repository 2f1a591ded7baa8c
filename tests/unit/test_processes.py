"""What stopping a stack finds when its supervisord is gone: all that the stack started, and nothing else."""

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import psutil
import pytest

from local import lifecycle, processes, state, waiting
from local.processes import Program
from local.state import ROOT, Stack

HIDING = """
import os
import signal
import sys

from setproctitle import setproctitle

if os.fork() == 0:
    setproctitle("airflow serve-logs" + 4000 * " ")
elif os.fork() == 0:
    os.setsid()
    os.chdir("/")
    os.execve("/bin/sleep", ["sleep", "600"], {})
signal.pause()
"""
"""A server with two children: one overwrites its title, its environment with it; one has no environment and its own session."""


@pytest.fixture
def command(tmp_path):
    """A command line that runs HIDING."""
    script = tmp_path / "hiding.py"
    script.write_text(HIDING)
    return shlex.join([sys.executable, str(script)])


@contextmanager
def _supervised(name: str, command: str) -> Iterator[tuple[Stack, list[psutil.Process]]]:
    """A stack whose one server is that command; supervisord and all below it, supervisord first."""
    with lifecycle.temporary(_hiding, name, command) as stack:
        top = psutil.Process(int((stack.home / "supervisord.pid").read_text()))
        yield stack, [top, *_all_below(top, 3)]


def _hiding(name: str, command: str) -> Stack:
    stack = state.fresh(name, None)
    program = Program("hiding", command, lambda: True)
    processes.start(stack, [program], {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)})
    processes.run(stack, [program])
    return stack


def _all_below(process: psutil.Process, count: int) -> list[psutil.Process]:
    def below() -> list[psutil.Process] | None:
        found = process.children(recursive=True)
        return found if len(found) == count and any(each.name() == "sleep" for each in found) else None

    return waiting.until(below, waiting.STARTED, lambda: f"not {count}: {process.children(recursive=True)}")


@contextmanager
def _of_a_person(command: str) -> Iterator[list[psutil.Process]]:
    """The same command in the same folder, which no stack started."""
    with subprocess.Popen(shlex.split(command), cwd=ROOT) as started:
        top = psutil.Process(started.pid)
        try:
            yield [top, *_all_below(top, 2)]
        finally:
            for process in [*top.children(recursive=True), top]:
                process.kill()


def _that_run(family: list[psutil.Process]) -> list[psutil.Process]:
    return [process for process in family if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]


def test_what_supervisord_left_behind_is_stopped_and_nothing_else(command):
    with ExitStack() as opened:
        stack, started = opened.enter_context(_supervised("test-ended", command))
        neighbour, others = opened.enter_context(_supervised("test-neighbour", command))
        others += opened.enter_context(_of_a_person(command))
        # The server that is started again by itself has to lose its supervisord first.
        for process in started[:2]:
            process.kill()
        psutil.wait_procs(started[:2], timeout=waiting.STOPPED)
        # As when a pid is given to another process.
        (stack.home / "supervisord.pid").write_text(str(others[-1].pid))
        assert len(_that_run(started)) == 2, "both children are left behind"

        lifecycle.down(stack)

        assert _that_run(started) == []
        assert _that_run(others) == others
        assert processes.running(neighbour) == {"hiding"}


def test_a_stack_that_is_stopped_leaves_no_child_of_its_servers(command):
    with _supervised("test-ended", command) as (stack, started):
        lifecycle.down(stack)
        assert _that_run(started) == processes.own(stack) == []
