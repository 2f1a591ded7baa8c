"""Which questions a range of days needs, and how replies become typed rows."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import islice
from types import MappingProxyType
from typing import Any, TypeVar

import pyarrow as pa

from include.kofic import client as api
from include.kofic.calendar import DayRange
from include.kofic.columns import Unparsable
from include.kofic.errors import BadSetting, shown
from include.kofic.tables import (
    API_CALL,
    DAILY_BOX_OFFICE,
    MOVIE,
    MOVIE_LISTS,
    REJECTED_RECORD,
    UNFILTERED,
    Column,
    Table,
)

log = logging.getLogger(__name__)

Item = TypeVar("Item")

_FILTERS = {
    **{code: ("repNationCd", code) for code in "KF"},
    **{code: ("multiMovieYn", code) for code in "YN"},
}
_PART_BYTES = 60_000


@dataclass(frozen=True)
class FilterSet:
    """One way of narrowing a box-office question: `params` as the API names them, at most one value each."""

    params: Mapping[str, str]

    @classmethod
    def parse(cls, text: str) -> "FilterSet":
        """`ALL`, or codes joined by `+`: K or F (nation), Y or N (diversity), 0105001 to 0105016 (region).

        Raises:
            BadSetting: an unknown code, or two codes of one kind; the API would drop it and answer for the whole country.
        """
        params: dict[str, str] = {}
        for code in () if text.strip() == UNFILTERED else text.strip().split("+"):
            is_region = len(code) == 7 and code.isdigit() and "0105001" <= code <= "0105016"
            name, value = ("wideAreaCd", code) if is_region else _FILTERS.get(code, ("", ""))
            if not name or name in params:
                raise BadSetting(
                    f"'{text}' is no filter set. Remedy: ALL, or codes joined by +: K F (nation), Y N (diversity), "
                    "0105001 to 0105016 (region); for example ALL, K, Y+0105001."
                )
            params[name] = value
        return cls(MappingProxyType(params))


DEFAULT_FILTER_SETS = (UNFILTERED, "K", "F", "Y", "N")


@dataclass
class Batch:
    """Typed rows by table, gathered from the replies of one run. `tables` fixes which tables get an object."""

    tables: tuple[Table, ...]
    rows: dict[str, list[dict[str, Any]]] = field(init=False)

    def __post_init__(self) -> None:
        self.rows = {table.name: [] for table in self.tables}

    def table(self, table: Table, source_object: str) -> pa.Table:
        """The rows of one table in its Parquet schema, marked with the object that will hold them."""
        rows = [{**row, "source_object": source_object} for row in self.rows[table.name]]
        return pa.Table.from_pylist(rows, schema=table.schema)


def box_office_batch() -> Batch:
    """An empty batch for box-office replies."""
    return Batch((DAILY_BOX_OFFICE, API_CALL, REJECTED_RECORD))


def movie_batch() -> Batch:
    """An empty batch for film replies."""
    return Batch((MOVIE, *MOVIE_LISTS, API_CALL, REJECTED_RECORD))


class _Unknown:
    """New fields, told once each per process, the first of each record: the API may grow without notice."""

    _MOST = 20

    def __init__(self) -> None:
        self._told: set[tuple[str, str]] = set()

    def tell(self, where: str, fields: Iterable[str]) -> None:
        for name in map(shown, islice(fields, self._MOST)):
            if (where, name) not in self._told:
                self._told.add((where, name))
                log.warning("the API sends a field that no column takes: %s.%s; its rows are kept without it", where, name)


_unknown = _Unknown()


def parse_record(table: Table, record: Any, own: Mapping[str, Any], also_known: Collection[str] = ()) -> dict[str, Any]:
    """One typed row: the API's fields from `record`, the pipeline's from `own`.

    Raises:
        Unparsable: the record is no object, lacks a known field, or a value is not of its column's kind.
    """
    if not isinstance(record, dict):
        raise Unparsable("is no object")
    columns = table.api_columns
    if missing := [column.source for column in columns if column.source not in record]:
        raise Unparsable(f"lacks {', '.join(str(name) for name in missing)}")
    known = {column.source for column in columns}
    _unknown.tell(table.name, sorted(record.keys() - known - set(also_known)))
    return {**own, **{column.name: _value(column, record[str(column.source)]) for column in columns}}


def _value(column: Column, raw: Any) -> Any:
    try:
        return column.kind.parse(raw)
    except Unparsable as error:
        raise Unparsable(f"{column.source} {error}") from None


def add_daily_reply(batch: Batch, reply: api.Reply, day: date, filters: FilterSet) -> None:
    """Adds the rows of one box-office reply, and the call itself. Records that do not parse are kept as rejected."""
    own = {
        "target_date": day,
        "multi_movie_yn": filters.params.get("multiMovieYn", UNFILTERED),
        "rep_nation_cd": filters.params.get("repNationCd", UNFILTERED),
        "wide_area_cd": filters.params.get("wideAreaCd", UNFILTERED),
        "captured_at": reply.captured_at,
    }
    rejected = _add_records(batch, reply, DAILY_BOX_OFFICE, reply.answer, own)
    _add_call(batch, reply, len(reply.answer), rejected)


def add_movie_reply(batch: Batch, reply: api.Reply, movie_cd: str) -> None:
    """Adds one film: its own row, a row for each entry of its lists, and the call itself.

    A film that the API does not know gets a row that says so, so that it is not asked for again every day.
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


def _add_list(batch: Batch, reply: api.Reply, table: Table, info: Mapping[str, Any], movie_cd: str) -> int:
    entries = info.get(str(table.source_list))
    if not isinstance(entries, list):
        _reject(batch, reply, table, 0, info, f"{table.source_list} is missing or no list")
        return 1
    own = {"movie_cd": movie_cd, "captured_at": reply.captured_at}
    return _add_records(batch, reply, table, entries, own, with_position=True)


def _add_records(
    batch: Batch,
    reply: api.Reply,
    table: Table,
    records: list[Any],
    own: Mapping[str, Any],
    also_known: Collection[str] = (),
    with_position: bool = False,
) -> int:
    rejected = 0
    for position, record in enumerate(records, start=1):
        placed = {**own, "position": position} if with_position else own
        try:
            batch.rows[table.name].append(parse_record(table, record, placed, also_known))
        except Unparsable as error:
            _reject(batch, reply, table, position, record, str(error))
            rejected += 1
    return rejected


def _reject(batch: Batch, reply: api.Reply, table: Table, position: int, record: Any, reason: str) -> None:
    log.warning("%s: record %d of %s is kept as rejected: it %s", table.name, position, dict(reply.params), reason)
    # Half a surrogate pair cannot be stored; as the escape that backslashreplace writes, it is the same JSON.
    text = json.dumps(record, ensure_ascii=False).encode(errors="backslashreplace").decode()
    for part, piece in enumerate(_parts(text), start=1):
        batch.rows[REJECTED_RECORD.name].append(
            {
                "table_name": table.name,
                "endpoint": reply.endpoint,
                "params": _params(reply),
                "reason": reason[:1_000],
                "position": position,
                "part": part,
                "record_part": piece,
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


def _params(reply: api.Reply) -> str:
    return json.dumps(dict(reply.params), ensure_ascii=False, sort_keys=True)


def _add_call(batch: Batch, reply: api.Reply, records: int, rejected: int) -> None:
    batch.rows[API_CALL.name].append(
        {
            "endpoint": reply.endpoint,
            "params": _params(reply),
            "attempts": reply.attempts,
            "records": records,
            "rejected": rejected,
            "elapsed_ms": reply.elapsed_ms,
            "captured_at": reply.captured_at,
        }
    )


async def _each(client: api.KoficClient, items: Iterable[Item], ask: Callable[[Item], Awaitable[None]]) -> None:
    """Runs `ask` over the items with `at_once` workers; the first error stops the others at their next question."""
    pending = iter(items)

    async def work() -> None:
        for item in pending:
            await ask(item)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(client.settings.at_once):
                group.create_task(work())
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None


async def collect_box_office(client: api.KoficClient, days: DayRange, filter_sets: Iterable[FilterSet]) -> Batch:
    """The box office of each day under each filter set, as it is now. One call each.

    Raises:
        KoficError: as `KoficClient.ask`; nothing of the batch is kept then.
    """
    batch = box_office_batch()

    async def ask(question: tuple[date, FilterSet]) -> None:
        day, filters = question
        reply = await client.ask(api.DAILY_BOX_OFFICE, {"targetDt": f"{day:%Y%m%d}", **filters.params})
        add_daily_reply(batch, reply, day, filters)

    await _each(client, [(day, filters) for day in days for filters in filter_sets], ask)
    return batch


async def collect_movies(client: api.KoficClient, movie_cds: Iterable[str]) -> Batch:
    """The master data of each film, as it is now. One call each.

    Raises:
        KoficError: as `KoficClient.ask`.
    """
    batch = movie_batch()

    async def ask(movie_cd: str) -> None:
        add_movie_reply(batch, await client.ask(api.MOVIE_INFO, {"movieCd": movie_cd}), movie_cd)

    await _each(client, movie_cds, ask)
    return batch


MASTER_DATA_LASTS_DAYS = 30
"""Master data drifts slowly: 13 of 1,860 titles of one year changed within a year."""


def films_to_ask(charting: Iterable[str], held: Mapping[str, datetime], now: datetime) -> tuple[str, ...]:
    """The charting films whose master data is missing or older than 30 days, in the order of their codes.

    `held` gives the moment each film was last asked for, whether the API knew it or not; it may leave out what is older.
    """
    oldest = datetime.min.replace(tzinfo=UTC)
    return tuple(sorted(code for code in set(charting) if (now - held.get(code, oldest)).days >= MASTER_DATA_LASTS_DAYS))
