"""What a warehouse must do, whichever engine it is."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any, Protocol

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

        One transaction: a crash at any point leaves the old or the new state, and a second load changes nothing. No
        statement in it costs more as history grows.

        Raises:
            LoadMismatch: the table took another number of rows than an object holds; nothing was changed.
            SchemaConflict: as `ensure_tables`, or an object does not fit.
            ForeignObject: an object's key is none of the lake's, and the engine goes by the day in it.
        """
        ...

    def films_asked_since(self, since: datetime, besides: str = "") -> dict[str, datetime]:
        """By film code: when the API last answered for it, at that moment or later, whether it knew the film or not.

        Rows of the object `besides`, if one is named, do not count.
        """
        ...

    def films_unreadable_since(self, since: datetime, besides: str = "") -> dict[str, list[datetime]]:
        """By film code: when the API was asked for it, at that moment or later, and the reply could not be read; oldest first.

        Rows of the object `besides`, if one is named, do not count.
        """
        ...

    def published_until(self) -> date | None:
        """The newest day (Asia/Seoul) in the published totals; None before the first run has published any."""
        ...


def newest_published_day(cursor: Any) -> date | None:
    """As `Warehouse.published_until`, through a DB-API cursor. The daily totals stand behind every test of the facts they sum."""
    cursor.execute(
        "select count(*) from information_schema.tables where table_schema = 'analytics' and table_name = 'daily_totals'"
    )
    if not cursor.fetchone()[0]:
        return None
    cursor.execute("select max(target_date) from analytics.daily_totals")
    newest: date | None = cursor.fetchone()[0]
    return newest


def quoted(name: str) -> str:
    """A SQL identifier. Names come from `tables.py` alone, and one of them (`cast`) is a reserved word."""
    return '"' + name.replace('"', '""') + '"'


def qualified(table: Table) -> str:
    """The table with its schema, quoted."""
    return f"{quoted(RAW_SCHEMA)}.{quoted(table.name)}"


def column_list(names: Iterable[str]) -> str:
    """The columns in this order, quoted."""
    return ", ".join(map(quoted, names))


def extent(table: Table) -> str:
    """The select list of what is held of an object: its rows, its first and its last target date (null without one)."""
    day = quoted("target_date") if "target_date" in table.schema.names else "cast(null as date)"
    return f"count(*), min({day}), max({day})"


UNREADABLE_FILM = "table_name = 'movie' and field is null and part = 1"
"""Which rows of `rejected_record` are replies about films of which nothing could be read."""


def by_film(rejected: Iterable[Sequence[Any]]) -> dict[str, list[datetime]]:
    """The moments of each film; of each reply its parameters, as `rejected_record` keeps them, and its moment."""
    moments: dict[str, list[datetime]] = {}
    for params, captured_at in rejected:
        moments.setdefault(json.loads(params)["movieCd"], []).append(captured_at)
    return moments


AUDITED_DAYS = f"{quoted('first_target_date')}, {quoted('last_target_date')}"
"""The select list of the target dates in a row of `load_audit`."""


def audit_row(table: Table, source_object: str, row_count: int, days: Iterable[date | None]) -> dict[str, Any]:
    """The row of `load_audit` for an object loaded now.

    `days` are the first and last target dates of what it holds and of what its row says that is replaced; None for none.
    """
    known = [day for day in days if day]
    return {
        "table_name": table.name,
        "source_object": source_object,
        "row_count": row_count,
        "first_target_date": min(known, default=None),
        "last_target_date": max(known, default=None),
        "loaded_at": datetime.now(UTC),
    }
