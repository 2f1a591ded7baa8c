"""What a warehouse must do, whichever engine it is."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from include.kofic.lake import LakeObject
from include.kofic.tables import Table

RAW_SCHEMA = "raw_data"


class Warehouse(Protocol):
    """A warehouse that holds the raw tables."""

    def ensure_tables(self, tables: Sequence[Table]) -> None:
        """Creates the tables that are missing and widens those that lack columns.

        Raises:
            SchemaConflict: a column has a type that cannot be widened to the project's.
        """
        ...

    def load(self, table: Table, objects: Sequence[LakeObject]) -> int:
        """Makes the table hold exactly the rows of these objects, beside all others; returns how many rows.

        One transaction: a crash at any point leaves the old or the new state, and a second load changes nothing.

        Raises:
            LoadMismatch: the table took another number of rows than an object holds; nothing was changed.
            SchemaConflict: as `ensure_tables`, or an object does not fit.
        """
        ...

    def held_films(self) -> dict[str, datetime]:
        """By film code: when the API was last asked for it, whether it knew the film or not."""
        ...


def quoted(name: str) -> str:
    """A SQL identifier. Names come from `tables.py` alone, and one of them (`cast`) is a reserved word."""
    return '"' + name.replace('"', '""') + '"'


def qualified(table: Table) -> str:
    """The table with its schema, quoted."""
    return f"{quoted(RAW_SCHEMA)}.{quoted(table.name)}"


def column_list(table: Table) -> str:
    """The table's columns in order, quoted."""
    return ", ".join(quoted(column.name) for column in table.columns)
