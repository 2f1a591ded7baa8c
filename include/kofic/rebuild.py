"""Rebuilds the raw tables of a warehouse from the lake alone."""

from collections.abc import Callable
from itertools import islice

from include.kofic.lake import Lake
from include.kofic.tables import RAW_TABLES, Table
from include.kofic.warehouse.base import Warehouse

_OBJECTS_PER_STEP = 200


def rebuild(lake: Lake, warehouse: Warehouse, progress: Callable[[Table, int], None]) -> None:
    """Loads every object of every raw table; `progress` is called with the rows loaded so far of a table, after each step.

    Idempotent: an object that is loaded already is replaced by itself, so it may be stopped and run again.
    """
    for table in RAW_TABLES:
        warehouse.ensure_tables([table])
        objects = lake.objects(table)
        rows = 0
        while step := list(islice(objects, _OBJECTS_PER_STEP)):
            rows += warehouse.load(table, step)
            progress(table, rows)
