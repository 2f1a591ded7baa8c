"""COPY of Parquet: by place, of exactly the column's type, all or nothing. Each rule is named after its source."""

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import redshift_connector

from include.kofic.lake import Lake
from tests.redshift.loads import ROLE

Run = Callable[..., list[list[Any]]]
AT = datetime(2024, 7, 1, 1, 30, tzinfo=UTC)


def put(lake: Lake, key: str, rows: pa.Table, compression: str = "gzip") -> int:
    """Writes a Parquet object and returns its size."""
    sink = io.BytesIO()
    pq.write_table(rows, sink, compression=compression)
    lake.client.put_object(Bucket=lake.bucket, Key=key, Body=sink.getvalue())
    return len(sink.getvalue())


def copied(run: Run, lake: Lake, options: str = f"iam_role '{ROLE}' format as parquet", target: str = "s.t") -> None:
    run(f"copy {target} from 's3://{lake.bucket}/data/' {options}")


@pytest.fixture
def table(run: Run) -> Run:
    run("create schema s")
    run("create table s.t (n bigint, name varchar(9), amount decimal(9, 4), day date, at timestamp, flag boolean)")
    return run


SCHEMA = pa.schema(
    [
        ("a", pa.int64()),
        ("b", pa.string()),
        ("c", pa.decimal128(9, 4)),
        ("d", pa.date32()),
        ("e", pa.timestamp("us", tz="UTC")),
        ("f", pa.bool_()),
    ]
)
ROWS = [
    {"a": 1, "b": "가나다", "c": Decimal("1.5000"), "d": AT.date(), "e": AT, "f": True},
    {"a": -2, "b": "", "c": Decimal("-12345.0001"), "d": None, "e": None, "f": False},
    {"a": None, "b": None, "c": None, "d": None, "e": None, "f": None},
    {"a": 3, "b": '",\\\n', "c": Decimal("0.0000"), "d": None, "e": None, "f": None},
]


def test_copy_usage_notes_copy_from_columnar_maps_by_place_whatever_the_names(table: Run, lake: Lake) -> None:
    put(lake, "data/a.parquet", pa.Table.from_pylist(ROWS, schema=SCHEMA))
    put(lake, "data/b.parquet", pa.Table.from_pylist(ROWS[:1], schema=SCHEMA))
    copied(table, lake, f"iam_role '{ROLE}' format as parquet statupdate on")
    found = table("select n, name, amount, day, at, flag from s.t order by n, name")
    in_utc = [{**row, "e": row["e"] and row["e"].replace(tzinfo=None)} for row in ROWS]
    assert found == [list(in_utc[at].values()) for at in (1, 0, 0, 3, 2)]


def of(name: str, kind: pa.DataType, values: list[Any]) -> pa.Table:
    """One row in the table's schema, with one column replaced."""
    columns = {field.name: pa.array([ROWS[0][field.name]], field.type) for field in SCHEMA}
    return pa.table(columns | {name: pa.array(values, kind)})


REFUSED = {
    "aws/amazon-redshift-python-driver#107 narrower": (of("a", pa.int32(), [1]), "incompatible Parquet schema"),
    "aws/amazon-redshift-python-driver#107 wider": (of("a", pa.float64(), [1.0]), "incompatible Parquet schema"),
    "G-Research/ParquetSharp#252 precision": (of("c", pa.decimal128(10, 4), [Decimal(1)]), "incompatible Parquet schema"),
    "G-Research/ParquetSharp#252 scale": (of("c", pa.decimal128(9, 2), [Decimal(1)]), "incompatible Parquet schema"),
    "dask/fastparquet#432 nanoseconds": (of("e", pa.timestamp("ns", tz="UTC"), [AT]), "incompatible Parquet schema"),
    "copy-usage_notes-copy-from-columnar text for a date": (of("d", pa.string(), ["2024-07-01"]), "incompatible Parquet schema"),
    "aws/aws-sdk-pandas#529 bytes": (of("b", pa.string(), ["가나다라"]), "(?s)15001.*Table: 9, Data: 12"),
    "rudderlabs/rudder-server#3178 count": (
        pa.Table.from_pylist(ROWS, schema=SCHEMA).drop_columns(["f"]),
        "(?s)15007.*Table columns: 6, Data columns: 5",
    ),
}


@pytest.mark.parametrize(("rows", "says"), REFUSED.values(), ids=REFUSED)
def test_a_file_that_does_not_fit_is_refused_whole(rows: pa.Table, says: str, table: Run, lake: Lake) -> None:
    put(lake, "data/a.parquet", pa.Table.from_pylist(ROWS, schema=SCHEMA))
    put(lake, "data/b.parquet", rows)
    with pytest.raises(redshift_connector.ProgrammingError, match=says):
        copied(table, lake)
    assert table("select count(*) from s.t") == [[0]]


def test_a_zoned_column_and_zstd_are_refused_because_no_page_says_that_they_are_read(table: Run, lake: Lake) -> None:
    rows = pa.Table.from_pylist(ROWS, schema=SCHEMA)
    put(lake, "data/a.parquet", rows)
    table("create table s.zoned (n bigint, name varchar(9), amount decimal(9, 4), day date, at timestamptz, flag boolean)")
    with pytest.raises(redshift_connector.ProgrammingError, match="(?s)15007.*TIMESTAMP WITH TIME ZONE"):
        copied(table, lake, target="s.zoned")
    put(lake, "data/a.parquet", rows, compression="zstd")
    with pytest.raises(redshift_connector.ProgrammingError, match="does not know COPY of Parquet compressed with ZSTD"):
        copied(table, lake)


OPTIONS = {
    "copy-parameters-authorization: none": ("format as parquet", "CREDENTIALS argument is required"),
    "copy-parameters-authorization: no ARN": ("iam_role 'box-office' format as parquet", "Invalid IAM_ROLE"),
    "copy-usage_notes-copy-from-columnar: region": (
        f"iam_role '{ROLE}' format as parquet region 'ap-northeast-2'",
        "REGION argument is not supported for PARQUET based COPY",
    ),
    "copy-usage_notes-copy-from-columnar: maxerror": (
        f"iam_role '{ROLE}' format as parquet maxerror 5",
        "MAXERROR argument is not",
    ),
    "copy-usage_notes-copy-from-columnar: compupdate": (
        f"iam_role '{ROLE}' format as parquet compupdate on",
        "COMPUPDATE argument",
    ),
    "copy-parameters-data-source-s3: nothing there": (f"iam_role '{ROLE}' format as parquet", "prefix 'data/' does not exist"),
}


@pytest.mark.parametrize(("options", "says"), OPTIONS.values(), ids=OPTIONS)
def test_options_that_a_columnar_copy_does_not_take(options: str, says: str, table: Run, lake: Lake) -> None:
    with pytest.raises(redshift_connector.ProgrammingError, match=says):
        copied(table, lake, options)


def manifest(lake: Lake, *entries: dict[str, Any]) -> str:
    lake.put_text("m.json", json.dumps({"entries": entries}))
    return f"copy s.t from 's3://{lake.bucket}/m.json' iam_role '{ROLE}' format as parquet manifest"


def test_loading_data_files_using_manifest_takes_its_files_and_no_other(table: Run, lake: Lake) -> None:
    size = put(lake, "data/a.parquet", pa.Table.from_pylist(ROWS, schema=SCHEMA))
    put(lake, "data/b.parquet", pa.Table.from_pylist(ROWS, schema=SCHEMA))
    url = lake.uri("data/a.parquet")
    table(manifest(lake, {"url": url, "mandatory": True, "meta": {"content_length": size}}))
    assert table("select count(*) from s.t") == [[4]]
    for entry, says in (
        ({"url": url, "mandatory": True}, "content_length"),
        ({"url": url, "mandatory": True, "meta": {"content_length": size + 1}}, "is not the size"),
        ({"url": url + "x", "mandatory": True, "meta": {"content_length": size}}, "Mandatory url is not present"),
    ):
        with pytest.raises(redshift_connector.ProgrammingError, match=says):
            table(manifest(lake, entry))
    assert table("select count(*) from s.t") == [[4]]


def test_aws_sdk_pandas_1549_a_required_column_is_in_the_list(run: Run, lake: Lake) -> None:
    run("create schema s")
    run("create table s.t (a bigint not null, b bigint)")
    put(lake, "data/a.parquet", pa.table({"b": pa.array([1], pa.int64())}))
    with pytest.raises(redshift_connector.ProgrammingError, match="NOT NULL column without DEFAULT"):
        copied(run, lake, target="s.t (b)")


def test_a_copy_is_rolled_back_with_its_transaction(table: Run, connect: Callable[..., Any], lake: Lake) -> None:
    put(lake, "data/a.parquet", pa.Table.from_pylist(ROWS, schema=SCHEMA))
    connection = connect()
    cursor = connection.cursor()
    cursor.execute(f"copy s.t from 's3://{lake.bucket}/data/' iam_role '{ROLE}' parquet")
    cursor.execute("select count(*) from s.t")
    assert cursor.fetchone()[0] == 4
    connection.rollback()
    assert table("select count(*) from s.t") == [[0]]
