"""Mornings on which the schedule itself starts the runs, whatever people start between them.

On a stack of its own, as on a machine that is switched on each morning shortly before 10:30 in Seoul: the servers start anew with
clocks of that morning, and no clock jumps under a process that runs. `make demo` was on the evening before. A run is marked as
done when its plan is made: there is no S3 server and no API, and no pool for the tasks that would ask them, which wait for it.

The tests of this file build on each other, in their order.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from include.kofic.calendar import SEOUL, DayRange
from local import airflow_env, demo, lifecycle, postgres, processes, services, state, waiting
from local.airflow_api import AirflowApi
from local.lifecycle import DAG_ID
from local.processes import Program
from local.state import Stack
from tests import clock, servers

STACK = "schedule"
DAY = timedelta(days=1)
# Ahead of the real time: Airflow parses a file again and again whose last change lies ahead of its clock.
EVENING = datetime.combine(datetime.now(SEOUL) + DAY, time(21), SEOUL)
MORNINGS = [datetime.combine(EVENING + number * DAY, time(10, 30), SEOUL) for number in range(1, 6)]
TAKEN = "run already exists; skipping dagrun creation"
"""What the scheduler says of a morning that has a run already. It said so in each of its rounds when the schedule was dead."""

Run = dict[str, Any]


class Machine:
    """A machine with Airflow and its metadata, which is switched on at moments of our choice."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self._ahead = timedelta()

    def switch_on(self, moment: datetime) -> AirflowApi:
        """Starts its servers, for which it is that moment; Airflow's API, once the DAG is parsed."""
        processes.stop(self.stack)
        self._ahead = moment - datetime.now(SEOUL)
        programs = _programs(self.stack)
        processes.start(self.stack, programs.values(), {**airflow_env.environment(self.stack), **clock.going_on_from(moment)})
        # The last when the scheduler is there: a slow machine would parse the DAG after 10:31 on the first morning, for which the
        # timetable does not make up then.
        for names in (("postgres",), ("api-server", "scheduler"), ("dag-processor",)):
            processes.run(self.stack, [programs[name] for name in names])
        api = AirflowApi(self.stack)

        def parsed() -> bool:
            return _moment(api.wait_for_dag(DAG_ID)["last_parsed_time"]) > moment

        waiting.until(parsed, waiting.STARTED, lambda: f"the DAG is not parsed at {moment}")
        return api

    def now(self) -> datetime:
        """What its clocks show."""
        return datetime.now(SEOUL) + self._ahead

    def skipped_mornings(self) -> int:
        """How often the scheduler found a morning taken, since the machine was first switched on."""
        return self.stack.log_file("scheduler").read_text().count(TAKEN)


def _programs(stack: Stack) -> dict[str, Program]:
    """The servers that the machine needs, by name. Airflow's end as when a machine loses its power, which takes no time."""
    data = {program.name: program for program in services.data_servers(stack)}
    airflow = {program.name: replace(program, stop_signal="KILL") for program in services.airflow_servers(stack)}
    return {"postgres": data["postgres"], **{name: airflow[name] for name in ("api-server", "scheduler", "dag-processor")}}


def _installed(name: str) -> Stack:
    """A stack with empty databases, whose Airflow has not run yet."""
    stack = state.fresh(name, None)
    airflow_env.write_login(stack)
    postgres.make_cluster(stack)
    programs = _programs(stack)
    processes.start(stack, programs.values(), airflow_env.environment(stack))
    processes.run(stack, [programs["postgres"]])
    postgres.make_databases(stack)
    lifecycle.migrate(stack)
    return stack


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    """The machine, switched off at the end."""
    with lifecycle.temporary(_installed, STACK) as stack:
        yield Machine(stack)


def test_after_make_demo_the_next_morning_lies_ahead(machine):
    api = machine.switch_on(EVENING)
    yesterday = EVENING.date() - DAY
    # Not in a `with`, which waits: where this fails, the demo follows its run until the servers are gone.
    days = DayRange(yesterday, yesterday)
    demonstrated = ThreadPoolExecutor().submit(demo.collect, machine.stack, days, servers.OUTPUT)
    (run,) = _runs(api, "manual", 1)
    assert _planned(api, run) == (yesterday, yesterday)
    demonstrated.result(waiting.RUN)
    assert _next_morning(api) == MORNINGS[0]
    assert len(api.runs(DAG_ID)) == 1, "nothing else runs when the DAG is unpaused"
    assert machine.skipped_mornings() == 0


def test_the_schedule_starts_each_morning_whatever_people_start_between(machine):
    first, second, third = MORNINGS[:3]

    api = machine.switch_on(_shortly_before(first))
    assert _planned(api, _scheduled(api, first)) == _week_before(first)
    # The form of the UI proposes the moment at which it is opened; the command line and the API need none.
    for logical_date in (machine.now().isoformat(), None):
        assert _planned(api, api.run(DAG_ID, api.trigger(DAG_ID, {}, logical_date))) == _week_before(first)
    assert _next_morning(api) == second

    api = machine.switch_on(_shortly_before(second))
    assert _planned(api, _scheduled(api, second)) == _week_before(second)
    _backfill(api, first - 10 * DAY)
    (run,) = _runs(api, "backfill", 1)
    the_day_before = first.date() - 11 * DAY
    assert _planned(api, run) == (the_day_before, the_day_before)
    assert _next_morning(api) == third

    api = machine.switch_on(_shortly_before(third))
    assert _planned(api, _scheduled(api, third)) == _week_before(third)
    assert _next_morning(api) == third + DAY
    assert machine.skipped_mornings() == 0


def test_the_morning_after_one_whose_date_a_person_took_runs(machine):
    """apache/airflow#41208. The person's run waits for its date, and Airflow ends it before that: the morning itself is lost."""
    taken, following = MORNINGS[3:]
    api = AirflowApi(machine.stack)
    run_id = api.trigger(DAG_ID, {}, taken.isoformat())
    _until(lambda: api.run(DAG_ID, run_id)["state"] == "running", f"{run_id} does not begin to wait")

    api = machine.switch_on(_shortly_before(following))
    assert _planned(api, _scheduled(api, following)) == _week_before(following)
    assert api.run(DAG_ID, run_id)["state"] == "failed"
    assert _next_morning(api) == following + DAY
    assert machine.skipped_mornings() == 1


def _shortly_before(morning: datetime) -> datetime:
    return morning - timedelta(seconds=10)


def _week_before(morning: datetime) -> tuple[date, date]:
    return morning.date() - 7 * DAY, morning.date() - DAY


def _next_morning(api: AirflowApi) -> datetime:
    return _moment(api.wait_for_dag(DAG_ID)["next_dagrun_run_after"])


def _moment(text: str | None) -> datetime:
    assert text
    return datetime.fromisoformat(text)


def _until(holds: Callable[[], Any], message: str) -> Any:
    return waiting.until(holds, waiting.STARTED, lambda: message)


def _runs(api: AirflowApi, run_type: str, count: int) -> list[Run]:
    """The runs of that type, newest first, once there are so many."""

    def found() -> list[Run]:
        runs = [run for run in api.runs(DAG_ID) if run["run_type"] == run_type]
        return runs if len(runs) == count else []

    return _until(found, f"not {count} runs of the type {run_type}")


def _scheduled(api: AirflowApi, morning: datetime) -> Run:
    """The run that the schedule starts on that morning."""

    def found() -> list[Run]:
        runs = [run for run in api.runs(DAG_ID) if run["run_type"] == "scheduled"]
        return [run for run in runs if _moment(run["logical_date"]) == morning]

    (run,) = _until(found, f"the schedule starts no run at {morning}")
    return run


def _backfill(api: AirflowApi, morning: datetime) -> None:
    """Makes up for that morning."""
    when = {"from_date": morning.isoformat(), "to_date": morning.isoformat()}
    how = {"max_active_runs": 1, "run_backwards": False, "dag_run_conf": {}, "reprocess_behavior": "none"}
    api.call("POST", "backfills", {"dag_id": DAG_ID, **when, **how})


def _waiting_pieces(api: AirflowApi, run: Run) -> int:
    """How many of the run's extractions wait for their pool."""
    instances = api.task_instances(DAG_ID, str(run["dag_run_id"]))
    return sum(each["task_id"] == "extract_box_office" and each["state"] == "scheduled" for each in instances)


def _planned(api: AirflowApi, run: Run) -> tuple[date, date]:
    """The first and the last day that a run asks for; the run is marked as done then."""
    path = f"dags/{DAG_ID}/dagRuns/{run['dag_run_id']}"
    _until(lambda: api.call("GET", f"{path}/taskInstances/plan")["state"] == "success", f"{run['dag_run_id']} makes no plan")
    pieces = api.call("GET", f"{path}/taskInstances/plan/xcomEntries/return_value", stringify=False)["value"]
    # Not while the scheduler maps them: PostgreSQL would end one of the two transactions as a deadlock.
    _until(lambda: _waiting_pieces(api, run) == len(pieces), f"{run['dag_run_id']} does not map its pieces")
    api.call("PATCH", path, {"state": "success"})
    return date.fromisoformat(pieces[0]["first"]), date.fromisoformat(pieces[-1]["last"])
