"""The typed rows of a run, gathered by table until they are written to the lake."""

from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from include.kofic.errors import KoficError
from include.kofic.tables import (
    API_CALL,
    DAILY_BOX_OFFICE,
    MOVIE,
    MOVIE_LISTS,
    REJECTED_RECORD,
    WEEKLY_BOX_OFFICE,
    Table,
)


@dataclass
class Batch:
    """Typed rows by table, gathered from the replies of one run. `tables` fixes which tables get an object.

    `requests` is how many the run needs; `stopped` is why the last of them were not sent, if so.
    """

    tables: tuple[Table, ...]
    rows: dict[str, list[dict[str, Any]]] = field(init=False)
    requests: int = 0
    stopped: KoficError | None = None

    def __post_init__(self) -> None:
        self.rows = {table.name: [] for table in self.tables}

    def table(self, table: Table, source_object: str) -> pa.Table:
        """The rows of one table in its Parquet schema, marked with the object that will hold them."""
        rows = self.rows[table.name]
        columns: dict[str, list[Any]] = {name: [row.get(name) for row in rows] for name in table.schema.names}
        return pa.table({**columns, "source_object": [source_object] * len(rows)}, schema=table.schema)


def box_office_batch() -> Batch:
    """An empty batch for box-office replies."""
    return Batch((DAILY_BOX_OFFICE, API_CALL, REJECTED_RECORD))


def weekly_batch() -> Batch:
    """An empty batch for replies of weeks."""
    return Batch((WEEKLY_BOX_OFFICE, API_CALL, REJECTED_RECORD))


def movie_batch() -> Batch:
    """An empty batch for film replies."""
    return Batch((MOVIE, *MOVIE_LISTS, API_CALL, REJECTED_RECORD))
