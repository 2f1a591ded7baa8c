"""COPY … FORMAT AS PARQUET from S3, with the strictness of Redshift's columnar COPY.

Sources: the guide's pages copy-usage_notes-copy-from-columnar, copy-parameters-data-source-s3, loading-data-files-using-manifest,
and, because such a COPY runs on Spectrum, c-spectrum-data-files (codecs) and r_CREATE_EXTERNAL_TABLE (types);
error texts from rudderlabs/rudder-server#3178, aws/aws-sdk-pandas#529 and #1549, aws/amazon-redshift-python-driver#107,
G-Research/ParquetSharp#252.
"""

import io
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import boto3
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from tests.redshift.standin.errors import INTERNAL, NOT_SUPPORTED, SYNTAX, RedshiftError, scan_error, unknown_here
from tests.redshift.standin.lexer import Reader, split_at_commas, tokens

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+")
_CREDENTIALS = re.compile(rf"aws_iam_role={_ROLE.pattern}|aws_access_key_id=[^;]+;aws_secret_access_key=[^;]+(;token=[^;]+)?")
_COLUMNAR = frozenset({"MANIFEST", "FILLRECORD", "ACCEPTINVCHARS", "EXPLICIT_IDS"})
_KEYS = frozenset({"CREDENTIALS", "ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN"})


_CODECS = frozenset({"UNCOMPRESSED", "SNAPPY", "GZIP", "BZIP2"})


@dataclass(frozen=True)
class S3Source:
    """Where the files of COPY are. A cluster would reach them by its role; the stand-in has keys of its own.

    `prefixes`: what the role's policy lets it read. Given none, the stand-in reads every key.
    """

    endpoint: str
    access_key: str
    secret_key: str = field(repr=False)
    prefixes: tuple[str, ...] = ("",)

    def client(self) -> "S3Client":
        """A client of the S3 server."""
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            region_name="ap-northeast-2",
        )


@dataclass
class Copy:
    """A COPY as it is written."""

    table: list[str]
    columns: list[str] | None
    source: str
    options: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Column:
    """A column of the target: its type as PostgreSQL names it, and whether it takes null."""

    name: str
    type: str
    required: bool
    has_default: bool


@dataclass(frozen=True)
class File:
    """A file that was read: its address and its rows."""

    uri: str
    rows: pa.Table


def parsed(sql: str) -> Copy:
    """The parts of a COPY.

    Raises:
        RedshiftError: it is no COPY that Redshift takes, or none of a columnar file.
    """
    reader = Reader(tokens(sql))
    reader.expect("COPY")
    table = reader.qualified_name()
    columns = None
    if reader.next is not None and reader.next.text == "(":
        columns = [part[0].name for part in split_at_commas(reader.group())]
    reader.expect("FROM")
    copy = Copy(table, columns, reader.take().value)
    while reader.next is not None:
        word = reader.take().word
        if word in {"WITH", "AS"}:
            continue
        if word == "FORMAT":
            reader.takes("AS")
            copy.options["FORMAT"] = reader.take().word
        elif word == "IAM_ROLE":
            copy.options[word] = "default" if reader.takes("DEFAULT") else reader.take().value
        elif word in _KEYS or word == "REGION":
            reader.takes("AS")
            copy.options[word] = reader.take().value
        elif word in {"STATUPDATE", "COMPUPDATE"}:
            copy.options[word] = reader.take().word if reader.word in {"ON", "OFF", "TRUE", "FALSE", "PRESET"} else "ON"
        elif word in _COLUMNAR:
            copy.options[word] = "ON"
        elif word in {"PARQUET", "ORC", "CSV", "JSON", "AVRO"}:
            copy.options["FORMAT"] = word
        else:
            raise RedshiftError(f"{word or 'this'} argument is not supported for PARQUET based COPY", NOT_SUPPORTED)
    _check(copy)
    return copy


def _check(copy: Copy) -> None:
    options = copy.options
    if options.get("FORMAT") != "PARQUET":
        raise unknown_here(f"COPY in the format {options.get('FORMAT', 'of delimited text')}")
    for refused in ("REGION", "COMPUPDATE"):
        if refused in options:
            raise RedshiftError(f"{refused} argument is not supported for PARQUET based COPY", NOT_SUPPORTED)
    if "IAM_ROLE" not in options and not _KEYS & options.keys():
        raise RedshiftError("CREDENTIALS argument is required but not specified", SYNTAX)
    role = options.get("IAM_ROLE", "default")
    if role != "default" and not all(_ROLE.fullmatch(each) for each in role.split(",")):
        raise RedshiftError(f"Invalid IAM_ROLE: {role} is no ARN of a role", INTERNAL)
    if "CREDENTIALS" in options and not _CREDENTIALS.fullmatch(options["CREDENTIALS"]):
        raise RedshiftError("Invalid CREDENTIALS: expected aws_iam_role=…, or aws_access_key_id=…;aws_secret_access_key=…")
    if not copy.source.startswith("s3://"):
        raise unknown_here("COPY from anywhere but s3://")


def files(copy: Copy, source: S3Source) -> Iterator[File]:
    """The files of a COPY, each read whole.

    Raises:
        RedshiftError: a file is missing, not the role's to read, of another size than its manifest says, or no Parquet.
    """
    s3 = source.client()
    _check_right(copy.source, source)
    for bucket, key in _manifest(copy, s3) if "MANIFEST" in copy.options else _prefix(copy, s3):
        _check_right(f"s3://{bucket}/{key}", source)
        body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        try:
            file = pq.ParquetFile(io.BytesIO(body))
        except pa.ArrowInvalid:
            raise scan_error(15001, f"File 's3://{bucket}/{key}' has an invalid version number.") from None
        _check_codec(file.metadata)
        yield File(f"s3://{bucket}/{key}", file.read())


def _check_right(uri: str, source: S3Source) -> None:
    _, key = _split(uri)
    if not key.startswith(source.prefixes):
        raise RedshiftError(f"S3ServiceException:Access Denied,Status 403,Error AccessDenied: {uri}")


def _check_codec(metadata: pq.FileMetaData) -> None:
    groups = [metadata.row_group(at) for at in range(metadata.num_row_groups)]
    used: set[str] = {group.column(at).compression for group in groups for at in range(group.num_columns)}
    for codec in sorted(used - _CODECS):
        raise unknown_here(f"COPY of Parquet compressed with {codec}")


def _split(uri: str) -> tuple[str, str]:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


def _manifest(copy: Copy, s3: "S3Client") -> Iterator[tuple[str, str]]:
    bucket, key = _split(copy.source)
    try:
        entries = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())["entries"]
    except s3.exceptions.ClientError:
        raise RedshiftError(f"Problem reading manifest file - S3ServiceException: {copy.source} does not exist") from None
    for entry in entries:
        size = entry.get("meta", {}).get("content_length")
        if size is None:
            raise RedshiftError(f"Problem reading manifest file - meta.content_length is missing for {entry['url']}")
        found = _split(entry["url"])
        try:
            actual = s3.head_object(Bucket=found[0], Key=found[1])["ContentLength"]
        except s3.exceptions.ClientError:
            if entry.get("mandatory"):
                raise RedshiftError(f"Problem reading manifest file - Mandatory url is not present: {entry['url']}") from None
            continue
        if actual != size:
            raise scan_error(15001, f"content_length {size} of the manifest is not the size {actual} of {entry['url']}")
        yield found


def _prefix(copy: Copy, s3: "S3Client") -> Iterator[tuple[str, str]]:
    bucket, key = _split(copy.source)
    try:
        pages = list(s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=key))
    except s3.exceptions.ClientError:
        raise RedshiftError(
            f"S3ServiceException:The specified bucket does not exist,Status 404,Error NoSuchBucket: {bucket}"
        ) from None
    keys = [each["Key"] for page in pages for each in page.get("Contents", []) if each["Size"]]
    if not keys:
        raise RedshiftError(f"The specified S3 prefix '{key}' does not exist")
    yield from ((bucket, each) for each in keys)


def target(copy: Copy, table: Sequence[Column]) -> list[Column]:
    """The columns that the files' columns go to, in order."""
    if copy.columns is None:
        return list(table)
    by_name = {column.name: column for column in table}
    for name in copy.columns:
        if name not in by_name:
            raise RedshiftError(f'column "{name}" of relation "{copy.table[-1]}" does not exist', "42703")
    for column in table:
        if column.required and not column.has_default and column.name not in copy.columns:
            raise RedshiftError("NOT NULL column without DEFAULT must be included in column list", SYNTAX)
    return [by_name[name] for name in copy.columns]


def fitted(file: File, columns: Sequence[Column], fill: bool) -> pa.Table:
    """The file's rows under the target's names: by place, each of exactly its column's type, none too long.

    Raises:
        RedshiftError: a Spectrum Scan Error.
    """
    rows = file.rows
    if rows.num_columns != len(columns) and not (fill and rows.num_columns < len(columns)):
        raise scan_error(
            15007,
            f"Unmatched number of columns between table and file. Table columns: {len(columns)}, "
            f"Data columns: {rows.num_columns}, File name: {file.uri}",
        )
    for column, name, values in zip(columns, rows.column_names, rows.columns, strict=False):
        if not _is_of(column.type, values.type):
            raise scan_error(
                15007,
                f"File '{file.uri}' has an incompatible Parquet schema for column '{file.uri}.{name}'. "
                f"Column type: {column.type.upper()}, Parquet schema: optional {values.type} {name}",
            )
        if column.required and values.null_count:
            raise scan_error(15001, f"NULL value in NOT NULL column {column.name}, File name: {file.uri}")
        if (width := _bytes(column.type)) and (longest := pc.max(pc.binary_length(values)).as_py() or 0) > width:
            raise scan_error(
                15001,
                f"The length of the data column {column.name} is longer than the length defined in the table. "
                f"Table: {width}, Data: {longest}, File name: {file.uri}",
            )
    filled = rows.rename_columns([column.name for column in columns[: rows.num_columns]])
    for column in columns[rows.num_columns :]:
        filled = filled.append_column(column.name, pa.nulls(rows.num_rows, pa.string()))
    return filled


def _bytes(kind: str) -> int | None:
    match = re.fullmatch(r"character(?: varying)?\((\d+)\)", kind)
    return int(match[1]) if match else None


def _is_of(kind: str, found: pa.DataType) -> bool:
    """Whether a Parquet column has exactly the width and kind of a table's column: COPY converts nothing."""
    exact: dict[str, Any] = {
        "smallint": pa.int16(),
        "integer": pa.int32(),
        "bigint": pa.int64(),
        "real": pa.float32(),
        "double precision": pa.float64(),
        "boolean": pa.bool_(),
        "date": pa.date32(),
    }
    if kind in exact:
        return bool(found == exact[kind])
    if kind.startswith("character"):
        return pa.types.is_string(found) or pa.types.is_large_string(found)
    if kind.startswith("numeric"):
        return pa.types.is_decimal(found) and kind == f"numeric({found.precision},{found.scale})"
    # Nanoseconds are misread (dask/fastparquet#432, apache/arrow#38000). Of the two types of moments Spectrum has this one alone.
    return kind == "timestamp without time zone" and pa.types.is_timestamp(found) and found.unit in {"ms", "us"}


def as_csv(rows: pa.Table) -> bytes:
    """The rows for PostgreSQL's COPY FROM STDIN (FORMAT csv): a null is empty, an empty text is quoted."""
    sink = io.BytesIO()
    # A moment is what its digits say in UTC: the Parquet type for it has no zone of its own.
    kinds = [pa.timestamp(each.type.unit) if pa.types.is_timestamp(each.type) else each.type for each in rows.schema]
    rows = rows.cast(pa.schema(zip(rows.column_names, kinds, strict=True)))
    pa_csv.write_csv(rows, sink, pa_csv.WriteOptions(include_header=False, quoting_style="all_valid"))
    return sink.getvalue()
