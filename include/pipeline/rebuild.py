"""Loads every capture of the lake into the warehouse again, where Airflow's connections say they are.

`python -m include.pipeline.rebuild`, in a container of Airflow; stopping and repeating it is safe.
"""

import logging

from include.kofic.rebuild import rebuild
from include.kofic.tables import Table
from include.pipeline import settings

log = logging.getLogger(__name__)


def main() -> None:
    """Rebuilds the raw tables, and logs the rows of each."""

    def progress(table: Table, rows: int) -> None:
        log.info("%s: %d rows", table.name, rows)

    rebuild(settings.lake(), settings.warehouse(), progress)


if __name__ == "__main__":
    main()
