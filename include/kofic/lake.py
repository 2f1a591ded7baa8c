"""The lake: Parquet objects in S3, append-only. The same code serves S3 and any S3-compatible server."""

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from include.kofic.batch import Batch
from include.kofic.calendar import midnight
from include.kofic.errors import ForeignObject, SchemaConflict, printable
from include.kofic.tables import Table

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ROW_COUNT = "row-count"
_FOOTER_BYTES = 16_384
"""More than the footer of an object of the widest table with one row group."""
_GZIP_LEVEL = 5
"""Half a year of made-up lists: 192 kB and 16 ms. Level 9, the library's own, makes 187 kB in 0.4 s; Snappy 318 kB in 4 ms."""


@dataclass(frozen=True)
class LakeObject:
    """One Parquet object: its key in the bucket, the rows in it, and its size in bytes."""

    key: str
    rows: int
    size: int

    @property
    def captured_from(self) -> datetime:
        """No row of the object was captured before this moment: the plan's day begins, in Seoul.

        Raises:
            ForeignObject: the key has no day.
        """
        return midnight(captured_on(self.key))


def run_name(run_id: str, planned_at: datetime, part: str) -> str:
    """The name that all objects of one part of a run share.

    `planned_at` belongs to it, so that a run whose plan is made anew is a capture of its own, while a retry of a
    part under the same plan writes over its own objects only.
    """
    return f"{re.sub(r'[^A-Za-z0-9_.-]+', '-', run_id)}--{planned_at.astimezone(UTC):%Y%m%dT%H%M%SZ}--{part}"


def object_key(table: Table, captured_on: date, name: str) -> str:
    """`raw/<table>/captured_on=YYYY-MM-DD/<run>.parquet`; the date is the plan's, in Seoul."""
    return f"raw/{table.name}/captured_on={captured_on}/{name}.parquet"


def captured_on(key: str) -> date:
    """The day that `object_key` wrote into a key.

    Raises:
        ForeignObject: there is none.
    """
    try:
        return date.fromisoformat(key.split("/captured_on=")[1].split("/")[0])
    except (IndexError, ValueError) as error:
        raise ForeignObject(
            f"'{printable(key)}' has no captured_on=YYYY-MM-DD, so the pipeline did not write it. Remedy: move the object "
            "out of the bucket's raw/."
        ) from error


@dataclass(frozen=True)
class Lake:
    """A bucket, reached through a boto3 client that knows its endpoint, region and credentials."""

    client: "S3Client"
    bucket: str

    def uri(self, key: str) -> str:
        """The object's address, as `s3://bucket/key`."""
        return f"s3://{self.bucket}/{key}"

    def write(self, batch: Batch, captured_on: date, name: str) -> dict[str, LakeObject]:
        """Writes one object per table of the batch, empty ones too, and returns them by table.

        One PUT each, so that an object is there whole or not at all. Always the same keys for the same batch, so that
        a retry that finds fewer rows leaves nothing of the first try behind. A film's days stand together: its figures are
        near one another, and the file is a fifth smaller.
        """
        written = {}
        for table in batch.tables:
            key = object_key(table, captured_on, name)
            written[table.name] = self._put(key, batch.table(table, self.uri(key)))
        return written

    def _put(self, key: str, rows: pa.Table) -> LakeObject:
        if {"movie_cd", "target_date"} <= set(rows.column_names):
            rows = rows.sort_by([("movie_cd", "ascending"), ("target_date", "ascending")])
        # Few figures come twice, and a dictionary of them is larger than they are.
        repeated = [column.name for column in rows.schema if not _is_number(column.type)]
        sink = io.BytesIO()
        # What Redshift is documented to read: Parquet v1, compressed with gzip, bzip2 or Snappy (guide: c-spectrum-data-files).
        # pyarrow-stubs knows no list of columns there.
        pq.write_table(
            rows,
            sink,
            version="1.0",
            data_page_version="1.0",
            compression="gzip",
            compression_level=_GZIP_LEVEL,
            use_dictionary=repeated,  # type: ignore[arg-type]
        )
        body = sink.getvalue()
        self.client.put_object(
            Bucket=self.bucket,
            Key=key,
            Body=body,
            ContentType="application/vnd.apache.parquet",
            Metadata={ROW_COUNT: str(rows.num_rows)},
        )
        return LakeObject(key, rows.num_rows, len(body))

    def put_text(self, key: str, text: str) -> None:
        """Writes a small text object (a COPY manifest)."""
        self.client.put_object(Bucket=self.bucket, Key=key, Body=text.encode())

    def read(self, lake_object: LakeObject, columns: Sequence[str] | None = None) -> pa.Table:
        """The rows of an object, or some of their columns."""
        body = self.client.get_object(Bucket=self.bucket, Key=lake_object.key)["Body"].read()
        return pq.read_table(io.BytesIO(body), columns=list(columns) if columns else None)

    def schema(self, lake_object: LakeObject) -> pa.Schema:
        """The columns of an object, from its footer alone."""
        footer = self._end(lake_object, _FOOTER_BYTES)
        # A Parquet file ends with its footer, the footer's length in four bytes and "PAR1" (parquet.apache.org, File Format).
        whole = int.from_bytes(footer[-8:-4], "little") + 8
        if whole > len(footer):
            footer = self._end(lake_object, whole)
        return pq.read_schema(io.BytesIO(b"PAR1" + footer[-whole:]))

    def _end(self, lake_object: LakeObject, length: int) -> bytes:
        return self.client.get_object(Bucket=self.bucket, Key=lake_object.key, Range=f"bytes=-{length}")["Body"].read()

    def objects(self, table: Table) -> Iterator[LakeObject]:
        """Every object of a table, in the order of their keys, which is the order of capture days."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=f"raw/{table.name}/")
        for page in pages:
            for entry in page.get("Contents", []):
                yield self.describe(entry["Key"])

    def describe(self, key: str) -> LakeObject:
        """The object at a key, from its head alone."""
        head = self.client.head_object(Bucket=self.bucket, Key=key)
        return LakeObject(key, int(head["Metadata"][ROW_COUNT]), head["ContentLength"])

    def make_bucket(self) -> None:
        """Makes the bucket if it is missing; for local stacks, where no template has made it."""
        if self.bucket not in [entry["Name"] for entry in self.client.list_buckets()["Buckets"]]:
            self.client.create_bucket(Bucket=self.bucket)


def _is_number(kind: pa.DataType) -> bool:
    return pa.types.is_integer(kind) or pa.types.is_decimal(kind)


def conform(table: Table, rows: pa.Table) -> pa.Table:
    """The rows in the table's schema: columns that an older object lacks are null.

    Raises:
        SchemaConflict: the object holds a column that the table lacks, or of another type.
    """
    schema = table.schema
    _refuse_unknown(table, rows.schema)
    columns: list[Any] = []
    for expected in schema:
        if expected.name not in rows.column_names:
            columns.append(pa.nulls(rows.num_rows, expected.type))
            continue
        try:
            columns.append(rows[expected.name].cast(expected.type))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise _another_type(table, rows.schema.field(expected.name)) from error
    return pa.Table.from_arrays(columns, schema=schema)


def columns_to_copy(table: Table, held: pa.Schema) -> tuple[str, ...]:
    """The columns that an object holds, in its order, for an engine that copies them by place and converts nothing.

    Raises:
        SchemaConflict: it holds a column that the table lacks, or of another type.
    """
    _refuse_unknown(table, held)
    for column in held:
        if column.type != table.schema.field(column.name).type:
            raise _another_type(table, column)
    return tuple(held.names)


def _refuse_unknown(table: Table, held: pa.Schema) -> None:
    if surplus := sorted(set(held.names) - set(table.schema.names)):
        raise SchemaConflict(
            f"{table.name}: the object holds {', '.join(surplus)}, which the project does not know. Remedy: it was "
            "written by a newer version; load it with that one."
        )


def _another_type(table: Table, held: "pa.Field[Any]") -> SchemaConflict:
    return SchemaConflict(
        f"{table.name}.{held.name} is {held.type} in the object and {table.schema.field(held.name).type} in the project. "
        "Remedy: widen the column in tables.py."
    )
