"""Turns replies into typed rows: one per record; what cannot be parsed is kept as rejected."""

import json
import logging
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from itertools import islice
from operator import getitem
from typing import Any, NamedTuple

from include.kofic.batch import Batch
from include.kofic.columns import Unparsable
from include.kofic.errors import RequestError, printable
from include.kofic.filters import FilterSet
from include.kofic.replies import Reply, recorded
from include.kofic.tables import (
    API_CALL,
    DAILY_BOX_OFFICE,
    MOVIE,
    MOVIE_LISTS,
    REJECTED_RECORD,
    UNFILTERED,
    WEEKLY_BOX_OFFICE,
    Table,
)
from include.kofic.weeks import WeeklyList

log = logging.getLogger(__name__)

_PART_BYTES = 60_000
_MAX_LOGGED = 50
"""How many rejections of a batch are logged one by one; the tables hold them all."""


class _UnknownFields:
    """Logs new fields once each per process, the first few of each record: the API may grow without notice."""

    _MOST = 20

    def __init__(self) -> None:
        self._logged: set[tuple[str, str]] = set()

    def log(self, where: str, fields: Iterable[str]) -> None:
        for name in map(printable, islice(fields, self._MOST)):
            if (where, name) not in self._logged:
                self._logged.add((where, name))
                log.warning("the API sends a field that no column takes: %s.%s; its rows are kept without it", where, name)


_unknown_fields = _UnknownFields()


class RejectedField(NamedTuple):
    """A field that could not be parsed and is null in its row: its name, its raw value, and the reason."""

    field: str
    value: Any
    reason: str


def parse_record(
    table: Table, record: Any, own: Mapping[str, Any], also_known: Collection[str] = ()
) -> tuple[dict[str, Any], list[RejectedField]]:
    """One typed row: the API's fields from `record`, the pipeline's from `own`; and the fields that could not be parsed.

    Raises:
        Unparsable: the record is not an object, or an essential field is missing or not of its column's kind.
    """
    if not isinstance(record, dict):
        raise Unparsable("is not an object")
    rejected: list[RejectedField] = []
    try:
        read = map(getitem, table.readers.values(), map(record.__getitem__, table.api_fields))
        row = dict(zip(table.readers, read, strict=True))
    # TypeError: a list or an object, which is no key.
    except (KeyError, TypeError, Unparsable):
        row, rejected = _field_by_field(table, record)
    if len(record) > len(table.readers) and (surplus := record.keys() - table.api_fields.keys() - set(also_known)):
        _unknown_fields.log(table.name, sorted(surplus))
    row.update(own)
    return row, rejected


def _field_by_field(table: Table, record: Mapping[str, Any]) -> tuple[dict[str, Any], list[RejectedField]]:
    row: dict[str, Any] = {}
    rejected = []
    for name, column in table.api_fields.items():
        try:
            row[column.name] = column.kind.parse(record[name])
        except (KeyError, Unparsable) as error:
            reason = f"{name} {'is missing' if isinstance(error, KeyError) else error}"
            if column.is_essential:
                raise Unparsable(reason) from None
            row[column.name] = None
            rejected.append(RejectedField(name, record.get(name), reason))
    return row, rejected


def add_daily_reply(batch: Batch, reply: Reply, day: date, filters: FilterSet) -> None:
    """Adds the rows of one box-office reply, and the call itself. Records that do not parse are kept as rejected."""
    own = {"target_date": day, **_filter_columns(filters), "captured_at": reply.captured_at}
    rejected = _add_records(batch, reply, DAILY_BOX_OFFICE, reply.answer, own)
    _add_call(batch, reply, len(reply.answer), rejected)


def add_weekly_reply(batch: Batch, reply: Reply, asked: WeeklyList) -> None:
    """Adds the rows of one reply about a part of a week, and the call, as `add_daily_reply` does."""
    own = {
        "first_date": asked.days.first,
        "last_date": asked.days.last,
        "week_gb": asked.week_gb,
        **_filter_columns(asked.filters),
        "captured_at": reply.captured_at,
    }
    rejected = _add_records(batch, reply, WEEKLY_BOX_OFFICE, reply.answer, own)
    _add_call(batch, reply, len(reply.answer), rejected)


def _filter_columns(filters: FilterSet) -> dict[str, str]:
    return {
        "multi_movie_yn": filters.params.get("multiMovieYn", UNFILTERED),
        "rep_nation_cd": filters.params.get("repNationCd", UNFILTERED),
        "wide_area_cd": filters.params.get("wideAreaCd", UNFILTERED),
    }


def add_movie_reply(batch: Batch, reply: Reply, movie_cd: str) -> None:
    """Adds one film: its own row, a row for each entry of its lists, and the call itself.

    A film that the API does not know gets a row that says so, so that it is not fetched again every day.
    """
    info = reply.answer
    if not str(info.get("movieCd") or "").strip():
        blank = {column.name: None for column in MOVIE.columns}
        batch.rows[MOVIE.name].append({**blank, "movie_cd": movie_cd, "known_to_api": False, "captured_at": reply.captured_at})
        _add_call(batch, reply, 0, 0)
        return
    own = {"known_to_api": True, "captured_at": reply.captured_at}
    lists = {str(table.source_list) for table in MOVIE_LISTS}
    rejected = _add_records(batch, reply, MOVIE, [info], own, also_known=lists)
    if rejected == 0:
        for table in MOVIE_LISTS:
            rejected += _add_list(batch, reply, table, info, movie_cd)
    _add_call(batch, reply, 1, rejected)


def _add_list(batch: Batch, reply: Reply, table: Table, info: Mapping[str, Any], movie_cd: str) -> int:
    name = str(table.source_list)
    entries = info.get(name)
    if not isinstance(entries, list):
        _reject(batch, reply, table, 0, _as_json(entries), f"{name} is missing or no list", field=name)
        return 0
    own = {"movie_cd": movie_cd, "captured_at": reply.captured_at}
    return _add_records(batch, reply, table, entries, own, with_position=True)


def _add_records(
    batch: Batch,
    reply: Reply,
    table: Table,
    records: list[Any],
    own: Mapping[str, Any],
    also_known: Collection[str] = (),
    with_position: bool = False,
) -> int:
    """Adds the records' rows; returns how many records were rejected whole."""
    rejected = 0
    for position, record in enumerate(records, start=1):
        placed = {**own, "position": position} if with_position else own
        try:
            row, fields = parse_record(table, record, placed, also_known)
        except Unparsable as error:
            _reject(batch, reply, table, position, _as_json(record), str(error))
            rejected += 1
            continue
        batch.rows[table.name].append(row)
        for each in fields:
            _reject(batch, reply, table, position, _as_json(each.value), each.reason, field=each.field)
    return rejected


def add_unreadable(batch: Batch, table: Table, endpoint: str, params: Mapping[str, str], error: RequestError) -> None:
    """Adds a failed request: the start of its last reply as rejected, and the call."""
    reply = Reply(endpoint, params, None, datetime.now(UTC), error.attempts, error.elapsed_ms)
    # PostgreSQL's text holds no NUL.
    text = error.body.decode(errors="backslashreplace").replace("\x00", "\\x00")
    _reject(batch, reply, table, 0, text, error.what)
    _add_call(batch, reply, 0, 1)


def _as_json(value: Any) -> str:
    # Half a surrogate pair cannot be stored; as the escape that backslashreplace writes, it is the same JSON.
    return json.dumps(value, ensure_ascii=False).encode(errors="backslashreplace").decode()


def _reject(batch: Batch, reply: Reply, table: Table, position: int, text: str, reason: str, field: str | None = None) -> None:
    """Keeps what could not be parsed: a field's value (null in its row), a record, or with position 0 a reply or a whole list."""
    kept = batch.rows[REJECTED_RECORD.name]
    if len(kept) < _MAX_LOGGED:
        what = f"field of record {position}" if field else f"record {position}" if position else "reply"
        log.warning("%s: a %s of %s is kept as rejected: %s", table.name, what, dict(reply.params), printable(reason))
    for part, piece in enumerate(_parts(text), start=1):
        kept.append(
            {
                "table_name": table.name,
                "endpoint": reply.endpoint,
                "params": recorded(reply.params),
                "reason": reason[:1_000],
                "position": position,
                "part": part,
                "record_part": piece,
                "field": field,
                "captured_at": reply.captured_at,
            }
        )


def _parts(text: str) -> Iterator[str]:
    """The text in pieces that fit a VARCHAR(65535), which counts bytes; letters stay whole."""
    start = size = 0
    for end, letter in enumerate(text):
        width = len(letter.encode())
        if size + width > _PART_BYTES:
            yield text[start:end]
            start, size = end, 0
        size += width
    yield text[start:]


def _add_call(batch: Batch, reply: Reply, records: int, rejected: int) -> None:
    batch.rows[API_CALL.name].append(
        {
            "endpoint": reply.endpoint,
            "params": recorded(reply.params),
            "attempts": reply.attempts,
            "records": records,
            "rejected": rejected,
            "elapsed_ms": reply.elapsed_ms,
            "captured_at": reply.captured_at,
        }
    )
