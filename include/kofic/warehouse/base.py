"""What a warehouse does, whichever engine it is: the raw tables, and the one way in which lake objects are loaded into them.

An engine (`postgres.py`, `redshift.py`) says how it opens a transaction, brings a table up to date and copies an object's rows.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from typing import Any, TypeVar

from include.kofic.errors import LoadMismatch
from include.kofic.lake import Lake, LakeObject
from include.kofic.tables import API_CALL, LOAD_AUDIT, MOVIE, REJECTED_RECORD, Table

RAW_SCHEMA = "raw_data"

KEEP_ALIVE = {"tcp_keepalive": True, "tcp_keepalive_idle": 60, "tcp_keepalive_interval": 30, "tcp_keepalive_count": 5}
"""Of a connection to Redshift, in redshift_connector's and dbt's words, in seconds: a statement may run for minutes without a
byte on the wire, and NAT gateways forget a silent connection after 350 s."""

R = TypeVar("R")


class Warehouse(ABC):
    """A warehouse that holds the raw tables; `lake` is where the objects to load are."""

    lake: Lake

    @abstractmethod
    def _transaction(self, *tables: Table) -> AbstractContextManager[Any]:
        """A DB-API cursor (`?` for a value) in a transaction, committed at the end, with these tables brought up to date."""

    @abstractmethod
    def _copier(self, table: Table, objects: Sequence[LakeObject]) -> Callable[[Any], None]:
        """What copies the objects' rows, none of which is there yet, through a cursor."""

    @abstractmethod
    def _repeated(self, work: Callable[[], R]) -> R:
        """Does the work, a transaction, and retries it after the engine's transient errors.

        Raises:
            WarehouseUnavailable: it did not succeed.
        """

    def ensure_tables(self, tables: Sequence[Table]) -> None:
        """Creates the tables that are missing and widens those that lack columns.

        Raises:
            SchemaConflict: a column has a type that cannot be widened to the project's.
        """

        def work() -> None:
            with self._transaction(*tables):
                pass

        self._repeated(work)

    def load(self, table: Table, objects: Sequence[LakeObject]) -> int:
        """Replaces the rows of these objects; rows of other objects stay. Returns how many rows the objects hold.

        One transaction: a crash at any point leaves the old or the new state, and a second load changes nothing. No
        statement in it costs more as history grows.

        Raises:
            LoadMismatch: the table took another number of rows than an object holds; nothing was changed.
            SchemaConflict: as `ensure_tables`, or an object does not fit.
            ForeignObject: an object's key is none of the lake's.
        """
        if not objects:
            return 0
        copy = self._copier(table, [each for each in objects if each.rows])

        def work() -> int:
            with self._transaction(LOAD_AUDIT, table) as cursor:
                rows, place = self._rows_of(table, objects)
                cursor.execute(f"delete {rows}", place)
                copy(cursor)
                return self._audited(cursor, table, objects)

        return self._repeated(work)

    def _audited(self, cursor: Any, table: Table, objects: Sequence[LakeObject]) -> int:
        """Compares what the table holds of each object with its label, and writes the objects' rows of `load_audit`."""
        rows, place = self._rows_of(table, objects)
        column = quoted("target_date") if "target_date" in table.schema.names else "cast(null as date)"
        cursor.execute(f"select source_object, count(*), min({column}), max({column}) {rows} group by source_object", place)
        held = {row[0]: row[1:] for row in cursor.fetchall()}
        days: dict[str, list[date]] = {}
        for each in objects:
            found, *own = held.get(uri := self.lake.uri(each.key), (0,))
            if found != each.rows:
                raise LoadMismatch(
                    f"{table.name} took {found} rows of the {each.rows} in {uri}; nothing was changed. Remedy: run the load "
                    "again; if it persists, the object does not hold what its label says (Redshift: sys_load_error_detail says "
                    "what COPY met)."
                )
            days[uri] = [day for day in own if day]
        rows, place = self._rows_of(LOAD_AUDIT, objects)
        before, place = f"{rows} and table_name = ?", (*place, table.name)
        cursor.execute(f"select source_object, first_target_date, last_target_date {before}", place)
        # Days of this load and of the object's earlier ones: a day that lost its rows must be rebuilt too.
        for uri, *known in cursor.fetchall():
            days[uri] += [day for day in known if day]
        cursor.execute(f"delete {before}", place)
        now = datetime.now(UTC)
        values = [(table.name, self.lake.uri(each.key), each.rows, now) for each in objects]
        audits = ", ".join(
            f"(?, ?, ?, {_date(min(days[uri], default=None))}, {_date(max(days[uri], default=None))}, ?)" for _, uri, *_ in values
        )
        cursor.execute(
            f"insert into {qualified(LOAD_AUDIT)} "
            f"(table_name, source_object, row_count, first_target_date, last_target_date, loaded_at) values {audits}",
            tuple(value for row in values for value in row),
        )
        return sum(each.rows for each in objects)

    def _rows_of(self, table: Table, objects: Sequence[LakeObject]) -> tuple[str, tuple[Any, ...]]:
        """The objects' rows, as a FROM with its parameters, bounded by `captured_at` (`loaded_at` for load_audit).

        With the names alone Redshift would scan that column over the whole history. But it knows the minimum and maximum of each
        block of each column, and rows come in the order in which they were captured and loaded: the moment leaves the newest
        blocks.
        """
        moment = "loaded_at" if table == LOAD_AUDIT else "captured_at"
        oldest = min(each.captured_from for each in objects)
        places = ", ".join("?" for _ in objects)
        rows = f"from {qualified(table)} where {quoted(moment)} >= ? and source_object in ({places})"
        return rows, (oldest, *(self.lake.uri(each.key) for each in objects))

    def films_fetched_since(self, since: datetime, excluding: str = "") -> dict[str, datetime]:
        """By film code: when it was last fetched, since that moment, whether the API knew the film or not.

        Rows of the object `excluding`, if given, do not count.
        """
        held = f"from {qualified(MOVIE)} where captured_at >= ? and source_object <> ? group by movie_cd"
        return {row[0]: row[1] for row in self._rows(f"select movie_cd, max(captured_at) {held}", (since, excluding), MOVIE)}

    def films_unreadable_since(self, since: datetime, excluding: str = "") -> dict[str, list[datetime]]:
        """By film code: when its replies could not be parsed, since that moment, oldest first.

        Rows of the object `excluding`, if given, do not count.
        """
        rejected = self._rows(
            f"select params, captured_at from {qualified(REJECTED_RECORD)} where captured_at >= ? and source_object <> ? "
            "and table_name = 'movie' and field is null and part = 1 order by captured_at",
            (since, excluding),
            REJECTED_RECORD,
        )
        moments: dict[str, list[datetime]] = {}
        for params, captured_at in rejected:
            moments.setdefault(json.loads(params)["movieCd"], []).append(captured_at)
        return moments

    def answered_since(self, endpoint: str, since: datetime, excluding: str = "") -> dict[str, datetime]:
        """By parameters (`replies.recorded`): when a request was last answered without a rejected record, since that moment.

        Rows of the object `excluding`, if given, do not count.
        """
        rows = self._rows(
            f"select params, max(captured_at) from {qualified(API_CALL)} where captured_at >= ? and source_object <> ? "
            "and endpoint = ? and rejected = 0 group by params",
            (since, excluding, endpoint),
            API_CALL,
        )
        return {row[0]: row[1] for row in rows}

    def published_until(self) -> date | None:
        """The newest day (Asia/Seoul) in the published totals; None before the first run has published any.

        The daily totals stand behind every test of the facts that they sum.
        """
        published = "from information_schema.tables where table_schema = 'analytics' and table_name = 'daily_totals'"
        if self._rows(f"select count(*) {published}") == [(0,)]:
            return None
        ((newest,),) = self._rows("select max(target_date) from analytics.daily_totals")
        return newest  # type: ignore[no-any-return]

    def _rows(self, query: str, values: Sequence[Any] = (), *tables: Table) -> list[tuple[Any, ...]]:
        def work() -> list[tuple[Any, ...]]:
            with self._transaction(*tables) as cursor:
                cursor.execute(query, values)
                return [tuple(row) for row in cursor.fetchall()]

        return self._repeated(work)


def _date(day: date | None) -> str:
    return f"cast('{day}' as date)" if day else "cast(null as date)"


def quoted(name: str) -> str:
    """A SQL identifier. Names come from `tables.py` alone, and one of them (`cast`) is a reserved word."""
    return '"' + name.replace('"', '""') + '"'


def qualified(table: Table) -> str:
    """The table with its schema, quoted."""
    return f"{quoted(RAW_SCHEMA)}.{quoted(table.name)}"


def column_list(names: Iterable[str]) -> str:
    """The columns in this order, quoted."""
    return ", ".join(map(quoted, names))
