"""The warehouse on Amazon Redshift, loaded by COPY through a manifest, with an IAM role.

Rules this rests on (Amazon Redshift guide): COPY of Parquet maps by position, wants as many columns as the file has and converts
nothing (copy-usage_notes-copy-from-columnar); a manifest entry for a columnar file needs meta.content_length; REGION is
refused; string widths are bytes; ALTER COLUMN TYPE changes the length of a VARCHAR and nothing else, and not inside a
transaction block (r_ALTER_TABLE). VACUUM and ANALYZE are Redshift's own to run (t_Reclaiming_storage_space202).

COPY fills a temporary table that has the file's columns, and an INSERT fills the raw table from it. Because of two things
that COPY of Parquet is not documented to do: to fill TIMESTAMPTZ (it runs on Spectrum, whose types are those of
r_CREATE_EXTERNAL_TABLE), and to take a list of columns, which an object older than a column of its table would need.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import pyarrow as pa
import redshift_connector
from redshift_connector.error import Error
from tenacity import RetryError, Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from include.kofic.errors import BadSetting, SchemaConflict, WarehouseUnavailable
from include.kofic.lake import Lake, LakeObject, captured_on, columns_to_copy
from include.kofic.secret import Secret
from include.kofic.tables import Column, Table
from include.kofic.warehouse.base import KEEP_ALIVE, RAW_SCHEMA, R, Warehouse, column_list, qualified, quoted

_SORT_KEYS = ("target_date", "loaded_at", "captured_at")
_TRIES = 4
_LONGEST_PAUSE = 20
"""In seconds; pauses are random and their bound doubles from 1 s."""
_TRANSIENT = (
    # What redshift_connector says of a connection that could not be made, or broke.
    "communication error",
    "connection time out",
    "connection is closed",
    "BrokenPipe",
    "terminating connection",
    # Serializable isolation violation (c_serial_isolation), and what a table that is being replaced answers (dbt-redshift#974).
    "1023",
    "conflict with concurrent transaction",
    "could not open relation with OID",
    # Two sessions create the same table concurrently; IF NOT EXISTS checks before the other has committed.
    "already exists",
)


@dataclass(frozen=True)
class TemporaryCredentials:
    """Temporary credentials from AWS, by this process's IAM identity: for a cluster, or for a serverless workgroup."""

    region: str
    cluster: str | None = None
    workgroup: str | None = None

    def __post_init__(self) -> None:
        if not self.region or bool(self.cluster) == bool(self.workgroup):
            raise BadSetting(
                "IAM login to Redshift wants a region, and either a cluster or a serverless workgroup. Remedy: in the extra of "
                "the connection `warehouse` set `region`, and `cluster_identifier` or `serverless_work_group`."
            )


@dataclass(frozen=True)
class RedshiftSettings:
    """Where the warehouse is, and the IAM role with which it reads the lake (`arn:…:role/…`).

    `login` is a password, or says where temporary credentials come from.
    """

    host: str
    port: int
    database: str
    user: str
    copy_role_arn: str
    login: Secret | TemporaryCredentials = field(repr=False)

    def __post_init__(self) -> None:
        if not self.copy_role_arn.startswith("arn:") or "'" in self.copy_role_arn:
            raise BadSetting(
                "the connection `warehouse` has no COPY role. Remedy: set `copy_role_arn` in its extra to the ARN of the role "
                "that the cluster may take and that may read the bucket."
            )

    def connection(self) -> dict[str, Any]:
        """The arguments of redshift_connector.connect: TLS with the host's name checked, keep-alive."""
        place = {"host": self.host, "port": self.port, "database": self.database, "sslmode": "verify-full", **KEEP_ALIVE}
        if isinstance(self.login, Secret):
            return {**place, "user": self.user, "password": self.login.reveal()}
        own = {"iam": True, "db_user": self.user, "region": self.login.region}
        if self.login.workgroup:
            return {**place, **own, "is_serverless": True, "serverless_work_group": self.login.workgroup}
        return {**place, **own, "cluster_identifier": self.login.cluster}


@dataclass(frozen=True)
class RedshiftWarehouse(Warehouse):
    """A Redshift database."""

    settings: RedshiftSettings
    lake: Lake

    @contextmanager
    def _transaction(self, *tables: Table) -> Iterator[Any]:
        with (
            closing(redshift_connector.connect(**self.settings.connection())) as connection,
            closing(connection.cursor()) as cursor,
        ):
            cursor.paramstyle = "qmark"
            if tables:
                _ensure(connection, cursor, tables)
            yield cursor
            connection.commit()

    def _copier(self, table: Table, objects: Sequence[LakeObject]) -> Callable[[Any], None]:
        statements = list(self._copies(table, objects))

        def copy(cursor: Any) -> None:
            for each in statements:
                cursor.execute(each)

        return copy

    def _copies(self, table: Table, objects: Sequence[LakeObject]) -> Iterator[str]:
        """What copies the objects, with the manifests written: once for each set of columns, because an object may be older than
        a column of the table."""
        alike: dict[tuple[str, ...], list[LakeObject]] = {}
        for each in objects:
            captured_on(each.key)
            alike.setdefault(columns_to_copy(table, self.lake.schema(each)), []).append(each)
        for columns, group in alike.items():
            manifest = _manifest_key(table, group)
            self.lake.put_text(manifest, manifest_text(self.lake, group))
            yield from copy_statements(table, columns, self.lake.uri(manifest), self.settings.copy_role_arn)

    def _repeated(self, work: Callable[[], R]) -> R:
        tries = Retrying(
            retry=retry_if_exception(is_transient),
            stop=stop_after_attempt(_TRIES),
            wait=wait_random_exponential(max=_LONGEST_PAUSE),
        )
        try:
            return tries(work)
        except RetryError as error:
            cause = error.last_attempt.exception()
            raise WarehouseUnavailable(
                f"Redshift refused {_TRIES} times: {_message(cause)}. Remedy: run the task again when no other load or dbt run "
                "is under way; if it persists, see the cluster's health."
            ) from cause


def is_transient(error: BaseException) -> bool:
    """Whether another try may succeed: the connection broke, or another transaction conflicted."""
    text = _message(error)
    transient = isinstance(error, Error) and any(known in text for known in _TRANSIENT)
    return transient and "CERTIFICATE_VERIFY_FAILED" not in text


def _message(error: BaseException | None) -> str:
    """The server's message: redshift_connector passes the fields of the error as a dictionary."""
    fields = error.args[0] if error and error.args else None
    return str(fields.get("M", fields)) if isinstance(fields, dict) else str(error)


def create_statement(table: Table) -> str:
    """The table's DDL: sorted by the column that reads are narrowed by, spread evenly (no two raw tables are joined)."""
    columns = ", ".join(f"{quoted(column.name)} {column.kind.redshift}" for column in table.columns)
    names = {column.name for column in table.columns}
    sort_key = next(name for name in _SORT_KEYS if name in names)
    return f"create table if not exists {qualified(table)} ({columns}) diststyle even sortkey ({quoted(sort_key)})"


def copy_statements(table: Table, columns: Sequence[str], manifest_uri: str, role_arn: str) -> tuple[str, ...]:
    """What copies the manifest's objects, whose columns are these, in this order."""
    copied = quoted(f"copied_{table.name}")
    kinds = {column.name: column.kind.redshift for column in table.columns}
    fields = ", ".join(f"{quoted(name)} {_IN_PARQUET.get(kinds[name], kinds[name])}" for name in columns)
    values = ", ".join(f"{quoted(name)} at time zone 'UTC'" if kinds[name] in _IN_PARQUET else quoted(name) for name in columns)
    return (
        f"create temporary table {copied} ({fields})",
        f"copy {copied} from '{_literal(manifest_uri)}' iam_role '{_literal(role_arn)}' format as parquet manifest",
        f"insert into {qualified(table)} ({column_list(columns)}) (select {values} from {copied})",
        f"drop table {copied}",
    )


_IN_PARQUET = {"timestamptz": "timestamp"}
"""The types that COPY of Parquet fills for others."""


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


def _ensure(connection: Any, cursor: Any, tables: Sequence[Table]) -> None:
    """Brings the tables up to date, each statement committed by itself: a column cannot be widened inside a transaction."""
    connection.autocommit = True
    cursor.execute(f"create schema if not exists {quoted(RAW_SCHEMA)}")
    for table in tables:
        cursor.execute(create_statement(table))
        for change in list(_changes(cursor, table)):
            cursor.execute(change)
    connection.autocommit = False


def _changes(cursor: Any, table: Table) -> Iterator[str]:
    """The statements that bring a table which is there to the project's columns."""
    cursor.execute(
        "select column_name, data_type, character_maximum_length, numeric_precision, numeric_scale "
        "from information_schema.columns where table_schema = ? and table_name = ?",
        (RAW_SCHEMA, table.name),
    )
    held = {row[0]: row[1:] for row in cursor.fetchall()}
    for column in table.columns:
        if column.name not in held:
            yield f"alter table {qualified(table)} add column {quoted(column.name)} {column.kind.redshift}"
        elif change := _change(column, *held[column.name]):
            if not change.startswith("varchar"):
                raise SchemaConflict(
                    f"{table.name}.{column.name} is {change} in the warehouse and {column.kind.redshift} in the project, and "
                    "Redshift changes no type but the length of a VARCHAR. Remedy: rename the table away and rebuild it from "
                    "the lake (`make rebuild`)."
                )
            yield f"alter table {qualified(table)} alter column {quoted(column.name)} type {change}"


_NAMES = {"timestamp with time zone": "timestamptz", "numeric": "decimal"}


def _change(column: Column, data_type: str, length: int | None, precision: int | None, scale: int | None) -> str | None:
    """None if the column fits the project's type; a wider varchar; or the type that conflicts."""
    kind = column.kind
    if pa.types.is_string(kind.arrow) and data_type == "character varying":
        wanted = int(kind.redshift.removeprefix("varchar(").removesuffix(")"))
        return kind.redshift if length is None or length < wanted else None
    found = _NAMES.get(data_type, data_type)
    if found == "decimal":
        found = f"decimal({precision},{scale})"
    # A timestamp or an integer has its one width in its name.
    return None if found == kind.redshift else found
