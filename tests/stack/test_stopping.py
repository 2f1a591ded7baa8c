"""What `make down` leaves when it has to clear up after a crash. By its name the last file of the folder: it ends the stack."""

import subprocess
import sys
from contextlib import contextmanager, suppress

import psutil

from local import lifecycle, processes, state, waiting
from local.lifecycle import DAG_ID
from local.state import ROOT
from tests.simulator import Simulator


def test_after_everything_was_killed_nothing_is_left_and_nothing_else_was_touched(stack, airflow, monkeypatch):
    run, task = _task_under_way(stack, airflow)
    logs = [airflow.log(DAG_ID, run, task, 1000)]
    supervisord = psutil.Process(int((stack.home / "supervisord.pid").read_text()))
    started = [supervisord, *supervisord.children(recursive=True)]
    servers = supervisord.children()
    assert len(servers) == len(processes.running(stack))
    first = [server for server in servers if {"scheduler", "triggerer"} & set(" ".join(server.cmdline()).split())]
    assert len(first) == 2
    with _bystander() as bystander:
        _kill(supervisord, *first)
        logs.append(airflow.log(DAG_ID, run, task, 1000))
        _kill(*(server for server in servers if server not in first))
        assert _that_run(started), "tasks, workers and parsers are left behind"

        monkeypatch.setattr(state, "DEMO_STACKS", (stack.name,))
        assert lifecycle.down_all() == [stack.name]

        assert _that_run(started) == processes.own(stack) == []
        assert bystander.poll() is None
    for log in logs:
        assert "extract_box_office" in log, "the log of a task that runs is shown, whether or not its scheduler does"
        assert "Could not read" not in log


@contextmanager
def _bystander():
    """A person's own process, in the folder of the clone, with a title over its environment as `airflow serve-logs` had."""
    titled = "import setproctitle, signal; setproctitle.setproctitle('airflow serve-logs'); print(flush=True); signal.pause()"
    with subprocess.Popen([sys.executable, "-c", titled], cwd=ROOT, stdout=subprocess.PIPE) as process:
        try:
            process.stdout.readline()
            yield process
        finally:
            process.terminate()


def _that_run(family):
    return [process for process in family if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]


def _kill(*victims):
    for process in victims:
        # One that writes ends by itself when nobody reads any more.
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(victims, timeout=waiting.STOPPED)


def _task_under_way(stack, airflow):
    """A run whose extraction waits for the API, and its task, which has begun to write its log."""
    simulator = Simulator(f"http://127.0.0.1:{stack.ports['simulator']}", stack.secrets["kofic"])
    simulator.set("faults", latency_seconds=20)
    run = airflow.trigger(DAG_ID, {"start_date": "2024-06-01", "end_date": "2024-06-03"})
    airflow.unpause(DAG_ID)

    def begun():
        for task in airflow.task_instances(DAG_ID, run):
            if (task["task_id"], task["state"]) == ("extract_box_office", "running"):
                return task if "extract_box_office" in airflow.log(DAG_ID, run, task) else None
        return None

    return run, waiting.until(begun, waiting.RUN, lambda: f"{run} does not begin to extract")
