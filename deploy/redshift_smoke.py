"""Checks on a real Redshift what the stand-in of the tests cannot prove; docs/redshift-ledger.md has an entry for each check.

Where the warehouse and the lake are comes from the Airflow connections `warehouse` and `aws_default` and the variable
`box_office_bucket`, as the pipeline reads them: AIRFLOW_CONN_WAREHOUSE and AIRFLOW_CONN_AWS_DEFAULT in the environment, or
Airflow's secrets backend. It needs the rights of the pipeline and no other (deploy/aws/box-office.yaml): everything is created in
a temporary schema, which is dropped at the end, and three small objects stay below `manifests/smoke/` in the bucket, where the
bucket's rule deletes them after 30 days. Questions are asked over tables: what reads none runs on the leader node
(c_SQL_functions_leader_node_only) and says nothing about the compute nodes. Takes about a minute; costs at least one minute of a
serverless workgroup.
"""

import argparse
import io
import itertools
import json
import sys
import uuid
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq
import redshift_connector
from redshift_connector.core import Connection
from redshift_connector.error import Error

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from include.kofic.warehouse.redshift import RedshiftWarehouse
from include.pipeline import settings

Rows = list[list[Any]]
ANY = object()
"""Expected where the result is only recorded and nothing in the project depends on it."""


class Cluster:
    """The warehouse under test, with a temporary schema."""

    def __init__(self, warehouse: RedshiftWarehouse) -> None:
        self.warehouse = warehouse
        self.schema = f"smoke_{uuid.uuid4().hex[:10]}"
        self._numbers = itertools.count(1)

    def connect(self) -> Connection:
        """A connection whose statements commit together."""
        return redshift_connector.connect(**self.warehouse.settings.connection())

    def run(self, *statements: str) -> Rows:
        """The rows of the last statement; each commits by itself."""
        with closing(self.connect()) as connection:
            connection.autocommit = True
            return self.on(connection, *statements)

    def on(self, connection: Connection, *statements: str) -> Rows:
        """The rows of the last statement, on a connection that is open."""
        rows: Rows = []
        for statement in statements:
            with closing(connection.cursor()) as cursor:
                cursor.execute(statement.replace("{s}", self.schema))
                rows = [list(row) for row in cursor.fetchall()] if cursor.description else []
        return rows

    def table(self, columns: str, *rows: str) -> str:
        """A new table with these columns and rows, written as in SQL: its name."""
        name = f"{self.schema}.asked_{next(self._numbers)}"
        self.run(f"create table {name} ({columns})", f"insert into {name} values {', '.join(f'({row})' for row in rows)}")
        return name

    def refused(self, *statements: str) -> str:
        """What the last statement is refused with; "taken" if it is not."""
        try:
            self.run(*statements)
        except Error as error:
            return str(error)
        return "taken"


@dataclass(frozen=True)
class Check:
    """One check: its name in the ledger, how it is run, and the result that the project depends on."""

    name: str
    run: Callable[[Cluster], Any]
    expected: Any


def _value(columns: str, rows: Sequence[str], expression: str) -> Callable[[Cluster], Any]:
    """What an expression gives over a table with these columns and rows."""
    return lambda cluster: cluster.run(f"select {expression} from {cluster.table(columns, *rows)}")[0][0]


def _says(word: str, *statements: str) -> Callable[[Cluster], Any]:
    """Whether the last statement is refused with this word in the message; else the message."""

    def run(cluster: Cluster) -> Any:
        message = cluster.refused(*statements)
        return True if word in message else message

    return run


def _ctas_widths(cluster: Cluster) -> Any:
    source = cluster.table("a varchar(8)", "'a'")
    cluster.run(f"create table {{s}}.ctas as select cast(a as varchar(64)) as a, cast(null as varchar(1024)) as b from {source}")
    return cluster.run(
        "select character_maximum_length from information_schema.columns "
        "where table_schema = '{s}' and table_name = 'ctas' order by ordinal_position"
    )


def _derived_width(cluster: Cluster) -> Any:
    source = cluster.table("a bigint", "1")
    said = cluster.refused(f"create table {{s}}.derived as select case when a = 1 then 'ab' else 'abcd' end as a from {source}")
    if said != "taken":
        return said
    return cluster.run(
        "select character_maximum_length from information_schema.columns where table_schema = '{s}' and table_name = 'derived'"
    )


def _late_binding(cluster: Cluster) -> Any:
    cluster.run(
        "create table {s}.seen (a bigint, b varchar(64))",
        "create view {s}.late as (select a, b from {s}.seen) with no schema binding",
        "drop table {s}.seen",
        "create table {s}.seen (a bigint, b varchar(128))",
        "insert into {s}.seen values (1, 'x')",
    )
    return cluster.run("select a, b from {s}.late")


def _widening(cluster: Cluster) -> Any:
    cluster.run("create table {s}.narrow (a varchar(3))")
    with closing(cluster.connect()) as connection:
        try:
            cluster.on(connection, "select 1", "alter table {s}.narrow alter column a type varchar(6)")
            return "taken inside a transaction"
        except Error:
            connection.rollback()
    return cluster.run(
        "alter table {s}.narrow alter column a type varchar(6)",
        "insert into {s}.narrow values ('가나')",
        "select a from {s}.narrow",
    )


def _conflict(cluster: Cluster) -> Any:
    cluster.run("create table {s}.shared (a bigint)", "insert into {s}.shared values (1)")
    with closing(cluster.connect()) as first, closing(cluster.connect()) as second:
        for connection in (first, second):
            cluster.on(connection, "select sum(a) from {s}.shared")
        cluster.on(first, "update {s}.shared set a = 2")
        first.commit()
        try:
            cluster.on(second, "update {s}.shared set a = 3")
            second.commit()
        except Error as error:
            return "1023" in str(error) or str(error)
    return "both committed"


def _truncate(cluster: Cluster) -> Any:
    cluster.run("create table {s}.emptied (a bigint)", "insert into {s}.emptied values (1)")
    with closing(cluster.connect()) as connection:
        cluster.on(connection, "truncate table {s}.emptied")
        connection.rollback()
    return cluster.run("select count(*) from {s}.emptied")[0][0]


def _delete_insert(cluster: Cluster) -> Any:
    cluster.run("create table {s}.fact (d date, a bigint) diststyle key distkey (a) compound sortkey (d)")
    cluster.run("insert into {s}.fact values ('2024-01-01', 1), ('2024-01-02', 2)")
    with closing(cluster.connect()) as connection:
        cluster.on(
            connection,
            "create temporary table made (d date, a bigint) diststyle key distkey (a) compound sortkey (d)",
            "insert into made (select cast('2024-01-02' as date), 3)",
            "delete from {s}.fact where (d) in (select distinct (d) from made as s)",
            "insert into {s}.fact (d, a) (select d, a from made)",
        )
        connection.commit()
    return cluster.run("select a from {s}.fact order by a")


def _design(cluster: Cluster) -> Any:
    cluster.run("create table {s}.designed (d date, a bigint) diststyle key distkey (a) compound sortkey (d)")
    return cluster.run(
        "set search_path to {s}",
        "select \"column\", distkey, sortkey from pg_table_def where schemaname = '{s}' and tablename = 'designed' order by 1",
    )


def _union_of_literals(cluster: Cluster) -> Any:
    source = cluster.table("a varchar(64)", "'배급사'")
    return cluster.run(f"select '' as part from {source} union all select a from {source} order by 1")


def _decimal_union(cluster: Cluster) -> Any:
    """Twelve digits before the point and eight after it, in a UNION of such columns: 20 are more than the 19 of the guide."""
    source = cluster.table("a decimal(28, 8)", "123456789012.12345678")
    return cluster.refused(f"create table {{s}}.united as select a from {source} union all select a from {source}")


def _numbers(cluster: Cluster) -> Any:
    """As the calendar makes them: of constants, into a table."""
    cluster.run(f"create table {{s}}.numbers as with d as ({NUMBERS}) select p.n from {CROSSED}")
    return cluster.run("select count(*) from {s}.numbers")[0][0]


COPIED = pa.table(
    {
        "n": pa.array([1, None], pa.int64()),
        "t": pa.array(["가나다", None]),
        "c": pa.array([Decimal("1.5000"), None], pa.decimal128(9, 4)),
        "d": pa.array([date(2024, 7, 1), None], pa.date32()),
        "m": pa.array([datetime(2024, 7, 1, 1, 30, 0, 123456, UTC), None], pa.timestamp("us", tz="UTC")),
        "b": pa.array([True, None], pa.bool_()),
    }
)


COLUMNS = "n bigint, t varchar(9), c decimal(9,4), d date, m timestamp, b boolean"
IN_UTC = [value.replace(tzinfo=None) if isinstance(value, datetime) else value for value in COPIED.to_pylist()[0].values()]


def _copy(cluster: Cluster, table: str, codec: Literal["gzip", "zstd"] = "gzip", columns: str = "") -> str:
    """What COPY says that fills a table of the schema from an object as the pipeline writes them, through its manifest."""
    lake = cluster.warehouse.lake
    sink = io.BytesIO()
    pq.write_table(COPIED, sink, version="1.0", data_page_version="1.0", compression=codec)
    data, manifest = (f"manifests/smoke/{cluster.schema}/{table}.{kind}" for kind in ("parquet", "json"))
    lake.client.put_object(Bucket=lake.bucket, Key=data, Body=sink.getvalue())
    entry = {"url": lake.uri(data), "mandatory": True, "meta": {"content_length": len(sink.getvalue())}}
    lake.put_text(manifest, json.dumps({"entries": [entry]}))
    return cluster.refused(
        f"copy {{s}}.{table} {columns} from '{lake.uri(manifest)}' iam_role '{cluster.warehouse.settings.copy_role_arn}' "
        "format as parquet manifest"
    )


def _copied(cluster: Cluster) -> Any:
    cluster.run(f"create table {{s}}.copied ({COLUMNS})")
    said = _copy(cluster, "copied")
    return cluster.run("select n, t, c, d, m, b from {s}.copied order by n") if said == "taken" else said


def _loaded(cluster: Cluster) -> Any:
    """As the loader does: in one transaction, through a temporary table, whose moments become those of a zone."""
    source = cluster.table("m timestamp", "'2024-07-01 01:30:00.123456'")
    cluster.run("create table {s}.loaded (m timestamptz)")
    with closing(cluster.connect()) as connection:
        cluster.on(
            connection,
            "create temporary table passing (m timestamp)",
            f"insert into passing (select m from {source})",
            "insert into {s}.loaded (m) (select m at time zone 'UTC' from passing)",
            "drop table passing",
        )
        connection.commit()
    return cluster.run("select m from {s}.loaded")


def _copied_too_long(cluster: Cluster) -> Any:
    cluster.run(f"create table {{s}}.short ({COLUMNS.replace('(9),', '(8),')})")
    said = _copy(cluster, "short")
    return "15001" in said and cluster.run("select count(*) from {s}.short") == [[0]] or said


def _copied_without_a_column(cluster: Cluster) -> Any:
    """The object lacks a column in the middle of the table, as one that was written before the column was."""
    cluster.run(f"create table {{s}}.widened ({COLUMNS.replace('n bigint,', 'n bigint, added bigint,')})")
    said = _copy(cluster, "widened", columns="(n, t, c, d, m, b)")
    return cluster.run("select n, added, t from {s}.widened order by n") if said == "taken" else said


def _copied_with_a_zone(cluster: Cluster) -> Any:
    cluster.run(f"create table {{s}}.zoned ({COLUMNS.replace('m timestamp', 'm timestamptz')})")
    said = _copy(cluster, "zoned")
    return cluster.run("select m from {s}.zoned where n = 1") if said == "taken" else said


def _copied_of_zstd(cluster: Cluster) -> Any:
    cluster.run(f"create table {{s}}.of_zstd ({COLUMNS})")
    return _copy(cluster, "of_zstd", codec="zstd")


CROSSED = " cross join ".join(f"d as {name}" for name in ("p", "q", "r", "s", "t"))
NUMBERS = " union all ".join(f"select {n} as n" for n in range(10))

CHECKS: Sequence[Check] = (
    Check("version", lambda cluster: "8.0.2" in str(cluster.run("select version()")) or cluster.run("select version()"), ANY),
    Check("ctas-cast-width", _ctas_widths, [[64], [1024]]),
    Check("ctas-derived-width", _derived_width, ANY),
    Check(
        "decimal-ratio",
        _value("a bigint, b bigint", ["2, 3"], "cast(cast(a as numeric(20, 4)) / nullif(b, 0) as numeric(18, 2))"),
        Decimal("0.67"),
    ),
    Check(
        "decimal-ratio-large",
        _value("a bigint, b bigint", ["9999999999999, 7"], "cast(cast(a as numeric(20, 4)) / nullif(b, 0) as numeric(18, 2))"),
        Decimal("1428571428571.29"),
    ),
    Check("decimal-sum", _value("a bigint", ["3"], "cast(sum(a * 0.33333333) as numeric(28, 8))"), Decimal("0.99999999")),
    Check("decimal-union", _decimal_union, ANY),
    Check("avg-numeric", _value("a numeric(4, 2)", ["1", "1.01"], "avg(a)"), ANY),
    Check("datediff-week", _value("a date, b date", ["'2024-06-29', '2024-06-30'"], "datediff(week, a, b)"), 1),
    Check(
        "time-zone",
        _value("a timestamptz", ["'2024-06-30 20:00:00+00'"], "cast(a at time zone 'Asia/Seoul' as date)"),
        date(2024, 7, 1),
    ),
    Check("date-plus-integer", _value("a date", ["'2024-02-28'"], "a + 2"), date(2024, 3, 1)),
    Check(
        "letters-not-bytes",
        _value("a varchar(9), b varchar(9)", ["'월요일', '가나다'"], "substring(a, 1, 1) || len(b)"),
        "월3",
    ),
    Check("cast-cuts-bytes", _value("a varchar(9)", ["'가나다'"], "cast(a as varchar(7))"), "가나"),
    Check(
        "store-counts-bytes",
        _says("8001", "create table {s}.bytes (a varchar(5))", "insert into {s}.bytes values ('가나')"),
        True,
    ),
    Check(
        "listagg", _value("a varchar(8), b bigint", ["'x', 2", "'y', 1"], "listagg(a, ', ') within group (order by b)"), "y, x"
    ),
    Check(
        "moment-minus-interval",
        _value("a timestamptz", ["'2024-06-30 20:00:00+00'"], "a - interval '1 hour'"),
        datetime(2024, 6, 30, 19, tzinfo=UTC),
    ),
    Check("union-of-literals", _union_of_literals, [[""], ["배급사"]]),
    Check("number-generator", _numbers, 100_000),
    Check("late-binding", _late_binding, [[1, "x"]]),
    Check("delete-insert", _delete_insert, [[1], [3]]),
    Check("widening", _widening, [["가나"]]),
    Check("serialisation", _conflict, True),
    Check("truncate-commits", _truncate, 0),
    Check("design", _design, [["a", True, 0], ["d", False, 1]]),
    Check("copy-parquet-manifest", _copied, [IN_UTC, [None] * 6]),
    Check("copy-too-long", _copied_too_long, True),
    Check("load-through-a-temporary-table", _loaded, [[datetime(2024, 7, 1, 1, 30, 0, 123456, UTC)]]),
    Check("copy-column-list", _copied_without_a_column, ANY),
    Check("copy-timestamptz", _copied_with_a_zone, ANY),
    Check("copy-zstd", _copied_of_zstd, ANY),
    Check("load-history", lambda cluster: len(cluster.run("select count(*) from sys_load_history")), 1),
)


def checked(cluster: Cluster, check: Check) -> tuple[bool, str]:
    """Whether the result is the expected one, and a line about it."""
    try:
        found = check.run(cluster)
    except Error as error:
        found = f"refused: {error}"
    if check.expected is ANY:
        return True, f"noted    {check.name}: {found}"
    if found == check.expected:
        return True, f"holds    {check.name}"
    return False, f"DIFFERS  {check.name}: expected {check.expected}, found {found}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs every check, or those named; 1 if a result differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="CHECK", help="run only these; --list shows them")
    parser.add_argument("--list", action="store_true", help="print the checks and run none")
    chosen = parser.parse_args(arguments)
    if chosen.list:
        sys.stdout.writelines(f"{check.name}\n" for check in CHECKS)
        return 0
    if unknown := set(chosen.names) - {check.name for check in CHECKS}:
        parser.error(f"no such check: {', '.join(sorted(unknown))}")
    warehouse = settings.warehouse()
    if not isinstance(warehouse, RedshiftWarehouse):
        parser.error("the connection `warehouse` is not of type redshift")
    cluster = Cluster(warehouse)
    cluster.run("create schema {s}")
    try:
        results = []
        for check in CHECKS:
            if not chosen.names or check.name in chosen.names:
                results.append(checked(cluster, check))
                sys.stdout.write(results[-1][1] + "\n")
    finally:
        cluster.run("drop schema {s} cascade")
    return int(not all(passed for passed, _ in results))


if __name__ == "__main__":
    sys.exit(main())
