"""The warehouse on PostgreSQL, loaded through ADBC's binary COPY."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import adbc_driver_postgresql.dbapi as adbc
import pyarrow as pa

from include.kofic.errors import SchemaConflict
from include.kofic.lake import Lake, LakeObject, conform
from include.kofic.secret import Secret
from include.kofic.tables import API_CALL, DAILY_BOX_OFFICE, MOVIE, REJECTED_RECORD, WEEKLY_BOX_OFFICE, Column, Table
from include.kofic.warehouse.base import RAW_SCHEMA, R, Warehouse, qualified, quoted

_WIDENINGS = {
    ("smallint", "bigint"),
    ("integer", "bigint"),
    ("character varying", "text"),
    ("numeric", "numeric"),
}
"""From (as information_schema names it) -> to: changes of type that lose no value."""

_ROWS_PER_COPY = 100_000
"""Of several objects; about 40 MB in Arrow. A single object is read whole."""

_DEPENDENT_VIEWS = """
with recursive dependent as (
    select cls.oid, 1 as depth
    from pg_depend as dep
    inner join pg_rewrite as rew on dep.objid = rew.oid
    inner join pg_class as cls on rew.ev_class = cls.oid
    where dep.refobjid = $1::regclass and cls.relkind = 'v'
    union all
    select cls.oid, dependent.depth + 1
    from dependent
    inner join pg_depend as dep on dep.refobjid = dependent.oid
    inner join pg_rewrite as rew on dep.objid = rew.oid
    inner join pg_class as cls on rew.ev_class = cls.oid
    where cls.relkind = 'v' and cls.oid <> dependent.oid
)
select oid::regclass::text, pg_get_viewdef(oid) from dependent group by oid order by max(depth)
"""


@dataclass(frozen=True)
class PostgresSettings:
    """Where the warehouse is."""

    host: str
    port: int
    database: str
    user: str
    password: Secret = field(repr=False)


@dataclass(frozen=True)
class PostgresWarehouse(Warehouse):
    """A PostgreSQL database."""

    settings: PostgresSettings
    lake: Lake

    @contextmanager
    def _transaction(self, *tables: Table) -> Iterator[Any]:
        place = self.settings
        uri = (
            f"postgresql://{quote(place.user, safe='')}:{quote(place.password.reveal(), safe='')}"
            f"@{place.host}:{place.port}/{quote(place.database, safe='')}"
        )
        with adbc.connect(uri, autocommit=False) as connection:
            with connection.cursor() as cursor:
                for table in tables:
                    _ensure(cursor, table)
                yield _Cursor(cursor)
            connection.commit()

    def _copier(self, table: Table, objects: Sequence[LakeObject]) -> Callable[[Any], None]:
        def copy(cursor: "_Cursor") -> None:
            for some in _of_a_size(objects):
                rows = pa.concat_tables(conform(table, self.lake.read(each)) for each in some)
                cursor.adbc.adbc_ingest(table.name, rows, mode="append", db_schema_name=RAW_SCHEMA)

        return copy

    def _repeated(self, work: Callable[[], R]) -> R:
        return work()


def _of_a_size(objects: Sequence[LakeObject]) -> Iterator[list[LakeObject]]:
    """The objects in groups for one COPY each, of so many rows that memory holds them."""
    some: list[LakeObject] = []
    for each in objects:
        if some and sum(held.rows for held in (*some, each)) > _ROWS_PER_COPY:
            yield some
            some = []
        some.append(each)
    if some:
        yield some


@dataclass(frozen=True)
class _Cursor:
    """ADBC's cursor, whose driver of PostgreSQL numbers the values: $1 for the first `?`."""

    adbc: Any

    def execute(self, query: str, values: Sequence[Any] = ()) -> None:
        first, *rest = query.split("?")
        self.adbc.execute(first + "".join(f"${number}{part}" for number, part in enumerate(rest, start=1)), tuple(values) or None)

    def fetchone(self) -> Any:
        return self.adbc.fetchone()

    def fetchall(self) -> Any:
        return self.adbc.fetchall()


def _ensure(cursor: Any, table: Table) -> None:
    # Two concurrent runs would both create a missing table: the second waits here for the first.
    cursor.execute("select pg_advisory_xact_lock(hashtext($1))", (f"{RAW_SCHEMA}.{table.name}",))
    cursor.execute("select pg_advisory_xact_lock_shared(hashtext($1)), to_regnamespace($1) is null", (RAW_SCHEMA,))
    if cursor.fetchone()[1]:
        cursor.execute(f"create schema if not exists {quoted(RAW_SCHEMA)}")
    cursor.execute(
        "select column_name, data_type, numeric_precision::bigint, numeric_scale::bigint "
        "from information_schema.columns where table_schema = $1 and table_name = $2",
        (RAW_SCHEMA, table.name),
    )
    held = {row[0]: row[1:] for row in cursor.fetchall()}
    if held:
        _bring_up(cursor, table, held)
    else:
        columns = ", ".join(f"{quoted(column.name)} {column.kind.postgres}" for column in table.columns)
        cursor.execute(f"create table {qualified(table)} ({columns})")
    _index(cursor, table)


def _bring_up(cursor: Any, table: Table, held: Mapping[str, tuple[Any, ...]]) -> None:
    for column in table.columns:
        if column.name not in held:
            cursor.execute(f"alter table {qualified(table)} add column {quoted(column.name)} {column.kind.postgres}")
        elif not _same_type(column, *held[column.name]):
            _widen(cursor, table, column, held[column.name][0])


def _index(cursor: Any, table: Table) -> None:
    """Makes the indexes that are missing: a table that is there may be older than one of them."""
    # CREATE INDEX IF NOT EXISTS would lock the table against writers before it looks.
    cursor.execute("select indexname from pg_indexes where schemaname = $1 and tablename = $2", (RAW_SCHEMA, table.name))
    held = {row[0] for row in cursor.fetchall()}
    for column in indexed_columns(table):
        if (name := f"{table.name}_{column}") not in held:
            cursor.execute(f"create index {quoted(name)} on {qualified(table)} ({quoted(column)})")


def indexed_columns(table: Table) -> Iterator[str]:
    """The columns that rows are looked up by, one index each, so that no look-up scans the whole history.

    source_object: a load replaces and counts its object's rows, and its row in `load_audit`. target_date: dbt builds the days
    anew that were loaded. loaded_at: dbt looks up which objects were loaded since its last run. captured_at: which films were
    fetched recently, how fresh the figures are, and the calls and rejections of a day.
    """
    wanted = {"source_object", "target_date", "loaded_at"}
    if table in (DAILY_BOX_OFFICE, WEEKLY_BOX_OFFICE, MOVIE, API_CALL, REJECTED_RECORD):
        wanted.add("captured_at")
    return (column.name for column in table.columns if column.name in wanted)


def _same_type(column: Column, data_type: str, precision: int | None, scale: int | None) -> bool:
    if pa.types.is_decimal(column.kind.arrow):
        held = None if precision is None else (precision, scale)
        return data_type == "numeric" and held == (column.kind.arrow.precision, column.kind.arrow.scale)
    return column.kind.postgres == {"timestamp with time zone": "timestamptz"}.get(data_type, data_type)


def _widen(cursor: Any, table: Table, column: Column, held: str) -> None:
    wanted = column.kind.postgres.partition("(")[0].replace("decimal", "numeric")
    if (held, wanted) not in _WIDENINGS:
        raise SchemaConflict(
            f"{table.name}.{column.name} is {held} in the warehouse and {column.kind.postgres} in the project, and no "
            "widening leads there. Remedy: rename the table away and rebuild it from the lake (`make rebuild`)."
        )
    # PostgreSQL refuses to alter a column that a view reads, and dbt's staging views read every column.
    cursor.execute(_DEPENDENT_VIEWS, (qualified(table),))
    views = cursor.fetchall()
    for name, _ in reversed(views):
        cursor.execute(f"drop view {name}")
    cursor.execute(f"alter table {qualified(table)} alter column {quoted(column.name)} type {column.kind.postgres}")
    for name, definition in views:
        cursor.execute(f"create view {name} as {definition}")
