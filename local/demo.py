"""Runs the main job on the local stack and follows it."""

import gzip
import json
import time
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.text import Text

from include.kofic.calendar import DayRange, parse_day, validated, yesterday
from include.kofic.errors import BadSetting
from local.airflow_api import OVER, AirflowApi, elapsed
from local.lifecycle import DAG_ID
from local.state import Stack, StackError

DEFAULT_DAYS = 366


def resolve_range(first: str | None, last: str | None, recordings: Path | None) -> DayRange:
    """The days to collect: as given; else those of the recordings; else the 366 days up to yesterday in Seoul.

    Raises:
        StackError: only one of FROM and TO, an invalid range, or recordings without a day.
    """
    now = datetime.now(UTC)
    if bool(first) != bool(last):
        raise StackError("only one of FROM and TO is given. Remedy: give both, or none.")
    if first and last:
        days = DayRange(_parsed("FROM", first, now), _parsed("TO", last, now))
        if days.first > days.last:
            raise StackError(f"FROM={first} is after TO={last}. Remedy: swap them.")
        return days
    if recordings:
        return _recorded_days(recordings)
    newest = yesterday(now)
    return DayRange(newest - timedelta(days=DEFAULT_DAYS - 1), newest)


def _parsed(name: str, text: str, now: datetime) -> date:
    try:
        day = parse_day(text)
        return validated(day, day, now).first
    except BadSetting as error:
        raise StackError(f"{name}: {error}") from None


def _recorded_days(recordings: Path) -> DayRange:
    days = set()
    for file in recordings.glob("*.jsonl.gz"):
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            days |= {json.loads(line)["params"].get("targetDt") for line in lines}
    days.discard(None)
    if not days:
        raise StackError(f"{recordings} holds no recorded day. Remedy: a folder of *.jsonl.gz, as ../shared/kofic-recordings.")
    return DayRange(*(datetime.strptime(day, "%Y%m%d").date() for day in (min(days), max(days))))


def collect(stack: Stack, days: DayRange, console: Console) -> None:
    """Runs `box_office_daily` for these days and shows its progress.

    A run for the same days that is under way already (an interrupted `make demo`) is followed instead of doubled.

    Raises:
        StackError: a task failed; its name and the end of its log were printed.
    """
    api = AirflowApi(stack)
    api.wait_for_dag(DAG_ID)
    conf = {"start_date": str(days.first), "end_date": str(days.last)}
    under_way = [run for run in api.runs(DAG_ID) if run["state"] not in OVER and run["conf"] == conf]
    if under_way:
        run_id = str(under_way[0]["dag_run_id"])
        console.print(f"Following the run that is under way: {run_id}")
    else:
        run_id = api.trigger(DAG_ID, conf)
        console.print(f"Triggered {DAG_ID} for {days} ({len(days)} days)")
    api.unpause(DAG_ID)
    follow(api, run_id, console)


def follow(api: AirflowApi, run_id: str, console: Console) -> None:
    """Shows a run's progress until it is over.

    Raises:
        StackError: a task failed; its name and the end of its log were printed.
    """
    printed_at = 0.0
    with Live(console=console, transient=True, auto_refresh=False) if console.is_terminal else Live(auto_refresh=False) as live:
        while True:
            run = api.run(DAG_ID, run_id)
            instances = api.task_instances(DAG_ID, run_id)
            line = _progress(run, instances)
            if console.is_terminal:
                live.update(Text(line), refresh=True)
            elif time.monotonic() - printed_at > 10 or run["state"] in OVER:
                console.print(line, soft_wrap=True)
                printed_at = time.monotonic()
            if run["state"] in OVER:
                break
            time.sleep(2)
    if console.is_terminal:
        console.print(line)
    if run["state"] == "failed":
        for instance in instances:
            if instance["state"] == "failed":
                console.print(f"\nFailed: {instance['task_id']}. The end of its log:", style="bold red")
                console.print(api.log(DAG_ID, run_id, instance), markup=False, highlight=False, soft_wrap=True)
        raise StackError(f"the run {run_id} failed")


def _progress(run: dict[str, Any], instances: list[dict[str, Any]]) -> str:
    states = Counter(str(instance["state"] or "waiting") for instance in instances)
    by_state = ", ".join(f"{count} {state}" for state, count in states.most_common() if state != "success")
    done = states["success"]
    return f"  {elapsed(run, datetime.now(UTC))}  {done} of {len(instances)} tasks done" + (f"  ({by_state})" if by_state else "")
