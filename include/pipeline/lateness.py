"""Says whether yesterday is published: once, or every morning (`--watch`, for a service beside Airflow's).

`python -m include.pipeline.lateness`, where Airflow's connections are. It asks the published tables and needs neither scheduler
nor run: a paused DAG, a schedule that died and a run that hangs look the same to it. Exit code: 0 published, 1 late, 2 the
warehouse does not say.
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

_AGAIN_AFTER = timedelta(hours=1)
"""While a day is late it is told again, so that whoever joins the alarm later sees it stand."""


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m include.pipeline.lateness", description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--watch", action="store_true", help="stay, and ask each day at 11:30 in Seoul; hourly while a day is late"
    )
    return watch() if parser.parse_args().watch else ask()


def ask() -> int:
    """Prints one line; the exit code."""
    try:
        found = publication(settings.warehouse().published_until(), datetime.now(UTC))
    except Exception as error:
        # Whatever it is, nobody knows then whether yesterday is there.
        _tell(f"Whether the box office is LATE cannot be told, the warehouse does not say: {error}")
        return 2
    _tell(str(found))
    return int(found.is_late)


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def watch() -> int:
    """Asks when it starts, whenever another day falls due, and every hour in which one is late."""
    asked: tuple[date, datetime] | None = None
    late = False
    while True:
        HEARTBEAT.touch()
        now = datetime.now(UTC)
        if asked is None or asked[0] != due(now) or (late and now - asked[1] >= _AGAIN_AFTER):
            late = ask() != 0
            asked = due(now), now
        time.sleep(10)


if __name__ == "__main__":
    sys.exit(main())
