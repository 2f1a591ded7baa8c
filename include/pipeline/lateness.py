"""Reports whether yesterday is published: once, or every morning (`--watch`, for a service next to Airflow's).

`python -m include.pipeline.lateness`, where Airflow's connections are. It queries the published tables and needs no
scheduler and no run: a paused DAG, a dead schedule and a hanging run look the same to it. Exit code: 0 published, 1 late, 2
unknown (the warehouse does not answer).
"""

import argparse
import sys
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from include.kofic.calendar import due
from include.kofic.lateness import publication
from include.pipeline import settings

HEARTBEAT = Path("/tmp/lateness-heartbeat")
"""Touched by `--watch` every ten seconds, for a container's health check."""

_REPEAT_AFTER = timedelta(hours=1)
"""A late day is reported again after this long, so that whoever joins the alarm later sees it."""


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m include.pipeline.lateness", description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--watch", action="store_true", help="keep running, and check each day at 11:30 in Seoul; hourly while a day is late"
    )
    return watch() if parser.parse_args().watch else check()


def check() -> int:
    """Prints one line; the exit code."""
    try:
        found = publication(settings.warehouse().published_until(), datetime.now(UTC))
    except Exception as error:
        _print(f"It is unknown whether the box office is LATE, the warehouse does not answer: {error}")
        return 2
    _print(str(found))
    return int(found.is_late)


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def watch() -> int:
    """Checks at the start, whenever another day falls due, and every hour while one is late."""
    checked: tuple[date, datetime] | None = None
    late = False
    while True:
        HEARTBEAT.touch()
        now = datetime.now(UTC)
        if checked is None or checked[0] != due(now) or (late and now - checked[1] >= _REPEAT_AFTER):
            late = check() != 0
            checked = due(now), now
        time.sleep(10)


if __name__ == "__main__":
    sys.exit(main())
