"""Which questions a range of days needs, and how replies become typed rows."""

import asyncio
import json
import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from itertools import islice
from types import MappingProxyType
from typing import Any, NamedTuple

import pyarrow as pa

from include.kofic import client as api
from include.kofic.calendar import DayRange, seoul_date
from include.kofic.columns import Unparsable
from include.kofic.errors import BadSetting, KoficError, OfOneQuestion, shown
from include.kofic.tables import (
    API_CALL,
    DAILY_BOX_OFFICE,
    MOVIE,
    MOVIE_LISTS,
    REJECTED_RECORD,
    UNFILTERED,
    Table,
)

log = logging.getLogger(__name__)

_FILTERS = {
    **{code: ("repNationCd", code) for code in "KF"},
    **{code: ("multiMovieYn", code) for code in "YN"},
}
_PART_BYTES = 60_000
_MOST_TOLD = 50
"""Rejections of one batch that the log names one by one: the tables have them all."""

FAILED_IN_A_ROW = 12
"""After so many questions in a row without a readable answer no more are asked: that is the API, not a reply.

Two days of five filter sets are fewer; at five tries each it is 60 of the 3,000 calls of a day.
"""


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
    """Typed rows by table, gathered from the replies of one run. `tables` fixes which tables get an object.

    `questions` is how many there were to ask; `stopped` is why the last of them were not, if so.
    """

    tables: tuple[Table, ...]
    rows: dict[str, list[dict[str, Any]]] = field(init=False)
    questions: int = 0
    stopped: KoficError | None = None

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


class Refused(NamedTuple):
    """A field that could not be read, and is null in its row: its name, its value as it came, and the rule it breaks."""

    field: str
    value: Any
    reason: str


def parse_record(
    table: Table, record: Any, own: Mapping[str, Any], also_known: Collection[str] = ()
) -> tuple[dict[str, Any], list[Refused]]:
    """One typed row: the API's fields from `record`, the pipeline's from `own`; and the fields that are null in it, unread.

    Raises:
        Unparsable: the record is no object, or an essential field is missing or not of its column's kind.
    """
    if not isinstance(record, dict):
        raise Unparsable("is no object")
    row = dict(own)
    refused = []
    for name, column in table.api_fields.items():
        try:
            row[column.name] = column.kind.parse(record[name])
        except (KeyError, Unparsable) as error:
            reason = f"{name} {'is missing' if isinstance(error, KeyError) else error}"
            if column.is_essential:
                raise Unparsable(reason) from None
            row[column.name] = None
            refused.append(Refused(name, record.get(name), reason))
    if surplus := record.keys() - table.api_fields.keys() - set(also_known):
        _unknown.tell(table.name, sorted(surplus))
    return row, refused


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
    name = str(table.source_list)
    entries = info.get(name)
    if not isinstance(entries, list):
        _reject(batch, reply, table, 0, _as_json(entries), f"{name} is missing or no list", field=name)
        return 0
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
    """Adds the records' rows; returns how many records were rejected whole."""
    rejected = 0
    for position, record in enumerate(records, start=1):
        placed = {**own, "position": position} if with_position else own
        try:
            row, refused = parse_record(table, record, placed, also_known)
        except Unparsable as error:
            _reject(batch, reply, table, position, _as_json(record), str(error))
            rejected += 1
            continue
        batch.rows[table.name].append(row)
        for each in refused:
            _reject(batch, reply, table, position, _as_json(each.value), each.reason, field=each.field)
    return rejected


def _add_unreadable(batch: Batch, table: Table, endpoint: str, params: Mapping[str, str], error: OfOneQuestion) -> None:
    """Adds a question that came to nothing: the beginning of the last reply as rejected, and the call."""
    reply = api.Reply(endpoint, params, None, datetime.now(UTC), error.attempts, error.elapsed_ms)
    # PostgreSQL's text holds no NUL.
    text = error.body.decode(errors="backslashreplace").replace("\x00", "\\x00")
    _reject(batch, reply, table, 0, text, error.what)
    _add_call(batch, reply, 0, 1)


def _as_json(value: Any) -> str:
    # Half a surrogate pair cannot be stored; as the escape that backslashreplace writes, it is the same JSON.
    return json.dumps(value, ensure_ascii=False).encode(errors="backslashreplace").decode()


def _reject(
    batch: Batch, reply: api.Reply, table: Table, position: int, text: str, reason: str, field: str | None = None
) -> None:
    """Keeps what could not be read: a field's value (the row has null), a record, or with position 0 a reply or a whole list."""
    kept = batch.rows[REJECTED_RECORD.name]
    if len(kept) < _MOST_TOLD:
        what = f"field of record {position}" if field else f"record {position}" if position else "reply"
        log.warning("%s: a %s of %s is kept as rejected: %s", table.name, what, dict(reply.params), shown(reason))
    for part, piece in enumerate(_parts(text), start=1):
        kept.append(
            {
                "table_name": table.name,
                "endpoint": reply.endpoint,
                "params": _params(reply),
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


@dataclass(frozen=True)
class _Question:
    """A question, the table that its answer is meant for, and how the answer is added."""

    endpoint: str
    params: Mapping[str, str]
    table: Table
    add: Callable[[Batch, api.Reply], None]


async def _ask_all(client: api.KoficClient, batch: Batch, questions: Sequence[_Question]) -> OfOneQuestion | None:
    """Asks with `at_once` workers. A question that comes to nothing is kept as rejected, and the others go on.

    After `FAILED_IN_A_ROW` of them the rest is not asked. Returns the last failure if no question was answered, else None.

    Raises:
        KoficError: what every question would meet (the key, the quota, the network); the others stop at once.
    """
    batch.questions = len(questions)
    pending = iter(questions)
    answered = in_a_row = 0
    last: OfOneQuestion | None = None

    async def work() -> None:
        nonlocal answered, in_a_row, last
        while not batch.stopped and (each := next(pending, None)):
            try:
                reply = await client.ask(each.endpoint, each.params)
            except OfOneQuestion as error:
                _add_unreadable(batch, each.table, each.endpoint, each.params, error)
                in_a_row, last = in_a_row + 1, error
                if in_a_row >= FAILED_IN_A_ROW:
                    batch.stopped = error
            else:
                answered, in_a_row = answered + 1, 0
                each.add(batch, reply)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(client.settings.at_once):
                group.create_task(work())
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return None if answered else last


async def collect_box_office(client: api.KoficClient, days: DayRange, filter_sets: Iterable[FilterSet]) -> Batch:
    """The box office of each day under each filter set, as it is now. One call each; what cannot be read is kept as rejected.

    Raises:
        KoficError: what every question would meet (the key, the quota, the network), or none of the questions was answered;
            nothing of the batch is kept then.
    """
    batch = box_office_batch()
    questions = [
        _Question(
            api.DAILY_BOX_OFFICE,
            {"targetDt": f"{day:%Y%m%d}", **filters.params},
            DAILY_BOX_OFFICE,
            partial(add_daily_reply, day=day, filters=filters),
        )
        for day in days
        for filters in filter_sets
    ]
    if failure := await _ask_all(client, batch, questions):
        raise failure
    return batch


async def collect_movies(client: api.KoficClient, movie_cds: Iterable[str]) -> Batch:
    """The master data of each film, as it is now. One call each; what cannot be read is kept as rejected.

    Nothing that the API does raises: the batch holds what was read until then, and `stopped` says why it is not more.
    """
    batch = movie_batch()
    questions = [
        _Question(api.MOVIE_INFO, {"movieCd": movie_cd}, MOVIE, partial(add_movie_reply, movie_cd=movie_cd))
        for movie_cd in movie_cds
    ]
    try:
        await _ask_all(client, batch, questions)
    except KoficError as error:
        batch.stopped = error
    return batch


MASTER_DATA_LASTS_DAYS = 30
"""Master data drifts slowly: 13 of 1,860 titles of one year changed within a year."""

UNREADABLE_COUNTS_DAYS = 2 * MASTER_DATA_LASTS_DAYS + 1
"""How far back unreadable replies about films are looked for: the last two of them tell the pause before the next question."""


def films_to_ask(
    charting: Iterable[str],
    held: Mapping[str, datetime],
    now: datetime,
    unreadable: Mapping[str, Sequence[datetime]] = MappingProxyType({}),
) -> tuple[str, ...]:
    """The charting films whose master data is missing or older than 30 days, in the order of their codes.

    `held` gives the moment each film was last answered for, whether the API knew it or not; it may leave out what is older.
    `unreadable` gives the moments since then, or more, at which the answer could not be read, oldest first. Such a film is
    asked for again on the next day, and then after twice the last pause, after 30 days at most.
    """
    oldest = datetime.min.replace(tzinfo=UTC)

    def is_due(code: str) -> bool:
        last = held.get(code, oldest)
        failed = [seoul_date(moment) for moment in unreadable.get(code, ()) if moment > last]
        pause = min(2 * (failed[-1] - failed[-2]).days, MASTER_DATA_LASTS_DAYS) if len(failed) > 1 else 1
        return (now - last).days >= MASTER_DATA_LASTS_DAYS and not (
            failed and (seoul_date(now) - failed[-1]).days < max(pause, 1)
        )

    return tuple(sorted(code for code in set(charting) if is_due(code)))
