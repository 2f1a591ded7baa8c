"""The warehouse on Amazon Redshift, loaded by COPY through a manifest, with an IAM role.

Rules this rests on (Amazon Redshift guide): COPY of Parquet maps by position and converts nothing; a manifest entry
for a columnar file needs meta.content_length; REGION is refused; string widths are bytes.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import redshift_connector

from include.kofic.errors import BadSetting, LoadMismatch
from include.kofic.lake import Lake, LakeObject
from include.kofic.secret import Secret
from include.kofic.tables import LOAD_AUDIT, MOVIE, Table
from include.kofic.warehouse.base import RAW_SCHEMA, column_list, qualified, quoted

_SORT_KEYS = ("target_date", "loaded_at", "captured_at")


@dataclass(frozen=True)
class RedshiftSettings:
    """Where the warehouse is, and the IAM role with which it reads the lake (`arn:…:role/…`)."""

    host: str
    port: int
    database: str
    user: str
    copy_role_arn: str
    password: Secret = field(repr=False)

    def __post_init__(self) -> None:
        if not self.copy_role_arn.startswith("arn:") or "'" in self.copy_role_arn:
            raise BadSetting(
                "the connection `warehouse` has no COPY role. Remedy: set `copy_role_arn` in its extra to the ARN of the role "
                "that the cluster may take and that may read the bucket."
            )


@dataclass(frozen=True)
class RedshiftWarehouse:
    """A Redshift database; `lake` is where the objects to load are."""

    settings: RedshiftSettings
    lake: Lake

    def ensure_tables(self, tables: Sequence[Table]) -> None:
        with self._transaction() as cursor:
            for table in tables:
                _ensure(cursor, table)

    def load(self, table: Table, objects: Sequence[LakeObject]) -> int:
        filled = [each for each in objects if each.rows]
        manifest = _manifest_key(table, filled)
        if filled:
            self.lake.put_text(manifest, manifest_text(self.lake, filled))
        with self._transaction() as cursor:
            _ensure(cursor, LOAD_AUDIT)
            _ensure(cursor, table)
            for each in objects:
                cursor.execute(f"delete from {qualified(table)} where source_object = %s", (self.lake.uri(each.key),))
            if filled:
                cursor.execute(copy_statement(table, self.lake.uri(manifest), self.settings.copy_role_arn))
            return sum(self._reconcile(cursor, table, each) for each in objects)

    def _reconcile(self, cursor: Any, table: Table, lake_object: LakeObject) -> int:
        source_object = self.lake.uri(lake_object.key)
        cursor.execute(f"select count(*) from {qualified(table)} where source_object = %s", (source_object,))
        found = int(cursor.fetchone()[0])
        if found != lake_object.rows:
            raise LoadMismatch(
                f"{table.name} took {found} rows of the {lake_object.rows} in {source_object}; nothing was changed. "
                "Remedy: run the load again; sys_load_error_detail says what COPY met."
            )
        cursor.execute(
            f"delete from {qualified(LOAD_AUDIT)} where table_name = %s and source_object = %s", (table.name, source_object)
        )
        cursor.execute(
            f"insert into {qualified(LOAD_AUDIT)} ({column_list(LOAD_AUDIT)}) values (%s, %s, %s, %s)",
            (table.name, source_object, found, datetime.now(UTC)),
        )
        return found

    def held_films(self) -> dict[str, datetime]:
        with self._transaction() as cursor:
            _ensure(cursor, MOVIE)
            cursor.execute(f"select movie_cd, max(captured_at) from {qualified(MOVIE)} group by movie_cd")
            return {row[0]: row[1] for row in cursor.fetchall()}

    @contextmanager
    def _transaction(self) -> Iterator[Any]:
        place = self.settings
        with closing(
            redshift_connector.connect(
                host=place.host,
                port=place.port,
                database=place.database,
                user=place.user,
                password=place.password.reveal(),
                sslmode="verify-full",
                tcp_keepalive=True,
            )
        ) as connection:
            with closing(connection.cursor()) as cursor:
                yield cursor
            connection.commit()


def create_statement(table: Table) -> str:
    """The table's DDL: sorted by the column that reads are narrowed by, spread evenly (no two raw tables are joined)."""
    columns = ", ".join(f"{quoted(column.name)} {column.kind.redshift}" for column in table.columns)
    names = {column.name for column in table.columns}
    sort_key = next(name for name in _SORT_KEYS if name in names)
    return f"create table if not exists {qualified(table)} ({columns}) diststyle even sortkey ({quoted(sort_key)})"


def copy_statement(table: Table, manifest_uri: str, role_arn: str) -> str:
    """COPY of the manifest's objects; the columns are listed, so that a table widened at its end still takes them."""
    return (
        f"copy {qualified(table)} ({column_list(table)}) from '{_literal(manifest_uri)}' "
        f"iam_role '{_literal(role_arn)}' format as parquet manifest statupdate on"
    )


def manifest_text(lake: Lake, objects: Sequence[LakeObject]) -> str:
    """A COPY manifest: every object is mandatory, each with its size."""
    return json.dumps(
        {"entries": [{"url": lake.uri(each.key), "mandatory": True, "meta": {"content_length": each.size}} for each in objects]}
    )


def _manifest_key(table: Table, objects: Sequence[LakeObject]) -> str:
    """The same objects have the same manifest, so that a retry leaves no second one."""
    digest = sha256("\n".join(each.key for each in objects).encode()).hexdigest()[:32]
    return f"manifests/{table.name}/{digest}.json"


def _literal(text: str) -> str:
    return text.replace("'", "''")


def _ensure(cursor: Any, table: Table) -> None:
    cursor.execute(f"create schema if not exists {quoted(RAW_SCHEMA)}")
    cursor.execute(create_statement(table))
    cursor.execute(
        "select column_name from information_schema.columns where table_schema = %s and table_name = %s",
        (RAW_SCHEMA, table.name),
    )
    held = {row[0] for row in cursor.fetchall()}
    for column in table.columns:
        if column.name not in held:
            cursor.execute(f"alter table {qualified(table)} add column {quoted(column.name)} {column.kind.redshift}")
