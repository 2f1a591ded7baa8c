"""The raw tables: the one place that knows a column.

Every table's Parquet schema, PostgreSQL table and Redshift table follow from here, in this order (COPY from Parquet
maps by position). Columns are the API's field names in snake_case; `source` is the API's own name where a value comes
straight from a reply, and None where extraction supplies it (the request's parameters, positions, timestamps).
"""

import re
from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa

from include.kofic.columns import (
    CODE,
    DAY,
    FILM_CODE,
    FLAG,
    LONG_NAME,
    LONGEST,
    MOMENT,
    NAME,
    WHOLE,
    Kind,
    Remembered,
    decimal,
    required,
)

UNFILTERED = "ALL"
"""The value of a filter column when the request had no such filter."""


@dataclass(frozen=True)
class Column:
    """One column: its name in every store, its kind, and the API's field that it comes from.

    Without an essential field a record means nothing, and is rejected whole; any other field that cannot be read is null.
    """

    name: str
    kind: Kind
    source: str | None = None
    is_essential: bool = False


@dataclass(frozen=True)
class Table:
    """One raw table. ``source_list`` is the list of a movieInfo that its rows come from, if they come from one."""

    name: str
    grain: str
    columns: tuple[Column, ...]
    source_list: str | None = None

    @property
    def schema(self) -> pa.Schema:
        """The Parquet schema of the table's objects, in the order of the table's columns."""
        return pa.schema([pa.field(column.name, column.kind.arrow) for column in self.columns])

    @property
    def api_columns(self) -> tuple[Column, ...]:
        """The columns that come straight from a reply."""
        return tuple(column for column in self.columns if column.source)

    @cached_property
    def api_fields(self) -> dict[str, Column]:
        """The same columns, by the API's names of them."""
        return {column.source: column for column in self.columns if column.source}

    @cached_property
    def readers(self) -> dict[str, Remembered]:
        """What reads a value of each of these columns, by the column's name, in the same order."""
        return {column.name: Remembered(column.kind.parse) for column in self.api_columns}


def snake_case(field: str) -> str:
    """The API's ``scrnCnt`` as ``scrn_cnt``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", field).lower()


def _api(kind: Kind, *fields: str, is_essential: bool = False) -> tuple[Column, ...]:
    return tuple(Column(snake_case(field), kind, field, is_essential) for field in fields)


def _own(kind: Kind, *names: str) -> tuple[Column, ...]:
    return tuple(Column(name, kind) for name in names)


_KEY = required(CODE)
_FILM = required(FILM_CODE)
_COUNT = required(WHOLE)
_CAPTURE = (Column("captured_at", MOMENT), Column("source_object", NAME))
_FILTERS = _own(CODE, "multi_movie_yn", "rep_nation_cd", "wide_area_cd")


def _of_movie(source_list: str, grain: str, *columns: Column) -> Table:
    name = "movie_" + snake_case(source_list.removesuffix("s") if source_list != "companys" else "company")
    return Table(name, grain, (*_own(_FILM, "movie_cd"), *_own(WHOLE, "position"), *columns, *_CAPTURE), source_list)


_LISTED_FILM = (
    *_api(_COUNT, "rnum"),
    *_api(_COUNT, "rank", is_essential=True),
    *_api(_COUNT, "rankInten"),
    *_api(_KEY, "rankOldAndNew"),
    *_api(_FILM, "movieCd", is_essential=True),
    *_api(required(NAME), "movieNm"),
    *_api(DAY, "openDt"),
    *_api(_COUNT, "salesAmt", is_essential=True),
    *_api(required(decimal(9, 4)), "salesShare"),
    *_api(_COUNT, "salesInten"),
    *_api(required(decimal(18, 4)), "salesChange"),
    *_api(_COUNT, "salesAcc"),
    *_api(_COUNT, "audiCnt", is_essential=True),
    *_api(_COUNT, "audiInten"),
    *_api(required(decimal(18, 4)), "audiChange"),
    *_api(_COUNT, "audiAcc", "scrnCnt", "showCnt"),
)

DAILY_BOX_OFFICE = Table(
    "daily_box_office",
    "One row per target date, filter set, film and capture",
    (*_own(DAY, "target_date"), *_FILTERS, *_LISTED_FILM, *_CAPTURE),
)

WEEKLY_BOX_OFFICE = Table(
    "weekly_box_office",
    "One row per part of a week, filter set, film and capture",
    (*_own(DAY, "first_date", "last_date"), *_own(CODE, "week_gb"), *_FILTERS, *_LISTED_FILM, *_CAPTURE),
)

MOVIE = Table(
    "movie",
    "One row per film and capture; known_to_api is false where the API had no such film",
    (
        *_api(_FILM, "movieCd", is_essential=True),
        *_own(FLAG, "known_to_api"),
        *_api(NAME, "movieNm", "movieNmEn", "movieNmOg"),
        *_api(WHOLE, "showTm", "prdtYear"),
        *_api(DAY, "openDt"),
        *_api(CODE, "prdtStatNm", "typeNm"),
        *_CAPTURE,
    ),
)

MOVIE_LISTS = (
    _of_movie("nations", "One row per film, nation and capture", *_api(CODE, "nationNm")),
    _of_movie("genres", "One row per film, genre and capture", *_api(CODE, "genreNm")),
    _of_movie("directors", "One row per film, director and capture", *_api(NAME, "peopleNm", "peopleNmEn")),
    _of_movie(
        "actors",
        "One row per film, billing position and capture",
        *_api(NAME, "peopleNm", "peopleNmEn"),
        *_api(LONG_NAME, "cast", "castEn"),
    ),
    _of_movie("showTypes", "One row per film, format and capture", *_api(CODE, "showTypeGroupNm", "showTypeNm")),
    _of_movie(
        "companys",
        "One row per film, company, part and capture",
        *_api(CODE, "companyCd"),
        *_api(NAME, "companyNm", "companyNmEn"),
        *_api(CODE, "companyPartNm"),
    ),
    _of_movie("audits", "One row per film, rating decision and capture", *_api(CODE, "auditNo", "watchGradeNm")),
    _of_movie(
        "staffs",
        "One row per film, staff credit and capture",
        *_api(NAME, "peopleNm", "peopleNmEn", "staffRoleNm"),
    ),
)

API_CALL = Table(
    "api_call",
    "One row per API request, answered or not",
    (
        *_own(NAME, "endpoint"),
        *_own(LONG_NAME, "params"),
        *_own(WHOLE, "attempts", "records", "rejected"),
        *_own(WHOLE, "elapsed_ms"),
        *_CAPTURE,
    ),
)

REJECTED_RECORD = Table(
    "rejected_record",
    "One row per value, record or reply that could not be read, as it came",
    (
        *_own(CODE, "table_name"),
        *_own(NAME, "endpoint"),
        *_own(LONG_NAME, "params"),
        *_own(LONG_NAME, "reason"),
        *_own(WHOLE, "position", "part"),
        *_own(LONGEST, "record_part"),
        *_own(NAME, "field"),
        *_CAPTURE,
    ),
)
"""`field` is the API's field that is null in the row that was kept; null where the whole record was rejected, and with
position 0 the whole reply. `record_part` is the value or the record as JSON, of a reply the beginning of its body."""

RAW_TABLES: tuple[Table, ...] = (DAILY_BOX_OFFICE, WEEKLY_BOX_OFFICE, MOVIE, *MOVIE_LISTS, API_CALL, REJECTED_RECORD)
"""Every table that has objects in the lake."""

LOAD_AUDIT = Table(
    "load_audit",
    "One row per object loaded; written in the transaction that loads it",
    (
        *_own(CODE, "table_name"),
        *_own(NAME, "source_object"),
        *_own(WHOLE, "row_count"),
        *_own(DAY, "first_target_date", "last_target_date"),
        *_own(MOMENT, "loaded_at"),
    ),
)
"""What was loaded when; lives in the warehouse only, rebuilt by loading the lake again.

The target dates are the first and the last that the object holds, or held when it was loaded before: a day that it lost
is among them. Null where the table has no target dates, and where the object never held a row.
"""


def table_named(name: str) -> Table:
    """The raw table of that name.

    Raises:
        KeyError: no raw table has that name.
    """
    return next(table for table in RAW_TABLES if table.name == name)
