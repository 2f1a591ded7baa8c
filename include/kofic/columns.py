"""Kinds of column: how one value of the API becomes a typed value, and which type it has in each store.

A kind is the only place that knows all three types of a value (Arrow, PostgreSQL, Redshift), so that a Parquet file,
a PostgreSQL table and a Redshift table made from one schema always agree. Redshift counts VARCHAR in bytes and a
Korean letter takes 3 (Amazon Redshift guide, "Character types"); COPY from Parquet converts nothing, so widths and
types here are exact.
"""

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import pyarrow as pa

Parse = Callable[[Any], Any]

_INTEGER = re.compile(r"[+-]?\d{1,18}")
_HALF_A_PAIR = re.compile("[\ud800-\udfff]")
_BREAKS = re.compile("[\t-\r\x1c-\x1f\x85\u2028\u2029]")
"""The control characters that are white space: tabs, line breaks and the like."""
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")
_FILM_CODE = re.compile(r"[0-9A-Za-z]{1,64}")
_DECIMAL = re.compile(r"[+-]?\d{1,18}(\.\d+)?")


class Unparsable(ValueError):
    """A value that is not of its column's kind; the message says which rule it breaks."""


@dataclass(frozen=True)
class Kind:
    """A column's type in Arrow, PostgreSQL and Redshift, and the function that reads the API's value."""

    arrow: pa.DataType
    postgres: str
    redshift: str
    parse: Parse


class Remembered(dict[Any, Any]):
    """What texts are read as, by the text: each is parsed when it first comes.

    Most come again: a film's title every day, and its figures of a day under each filter set that it is in.
    """

    _MOST = 4_096

    def __init__(self, parse: Parse) -> None:
        super().__init__()
        self._parse = parse

    def __missing__(self, value: Any) -> Any:
        parsed = self._parse(value)
        # Texts alone: as a key, 1 would also answer for 1.0 and for true.
        if isinstance(value, str):
            if len(self) >= self._MOST:
                self.clear()
            self[value] = parsed
        return parsed


def _text(value: Any) -> str | None:
    """The API's text on one line: edge spaces trimmed, HTML entities decoded (company names carry them), empty as null."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise Unparsable(f"expected text, got {type(value).__name__}")
    try:
        text = html.unescape(value)
    except ValueError:
        raise Unparsable("holds an HTML entity of more digits than any letter has") from None
    return (text if text.isprintable() else _on_one_line(text)).strip() or None


def _on_one_line(text: str) -> str:
    """The text with white space folded to one blank where it holds a tab or a line break; other control characters go."""
    if _HALF_A_PAIR.search(text):
        raise Unparsable("holds half a surrogate pair, which no encoding can write")
    return " ".join(filter(None, map(str.strip, _BREAKS.split(_CONTROLS.sub("", text)))))


def _required(parse: Parse) -> Parse:
    def read(value: Any) -> Any:
        parsed = parse(value)
        if parsed is None:
            raise Unparsable("is empty")
        return parsed

    return read


def _within(limit: int) -> Parse:
    """Text of at most ``limit`` bytes of UTF-8: Redshift refuses a longer one only at COPY, for the whole file."""

    def read(value: Any) -> str | None:
        text = _text(value)
        if text is not None and len(text.encode()) > limit:
            raise Unparsable(f"is longer than {limit} bytes")
        return text

    return read


def _film_code(value: Any) -> str | None:
    """KOFIC's code of a film, as 20231496 or 2023C685. Nothing else passes: dbt names films to the warehouse by literals."""
    text = _text(value)
    if text is not None and not _FILM_CODE.fullmatch(text):
        raise Unparsable("is no film code")
    return text


def _integer(value: Any) -> int | None:
    # As nearly all come; what follows says the same of them, slower.
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 18:
        return int(value)
    text = _text(str(value) if isinstance(value, int) and not isinstance(value, bool) else value)
    if text is None:
        return None
    if not _INTEGER.fullmatch(text):
        raise Unparsable("is not a whole number")
    return int(text)


def _decimal(precision: int, scale: int) -> Parse:
    def read(value: Any) -> Decimal | None:
        text = _text(str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value)
        if text is None:
            return None
        if not _DECIMAL.fullmatch(text):
            raise Unparsable("is not a decimal number")
        try:
            number = Decimal(text).quantize(Decimal(1).scaleb(-scale))
        except InvalidOperation as error:
            raise Unparsable("is not a decimal number") from error
        if len(number.as_tuple().digits) > precision:
            raise Unparsable(f"has more than {precision} digits")
        return number

    return read


def _day(value: Any) -> date | None:
    """A day as ``YYYYMMDD`` (movie endpoints) or ``YYYY-MM-DD`` (box office); "" and one space are null."""
    text = _text(value)
    if text is None:
        return None
    digits = text.replace("-", "")
    if len(digits) != 8 or not digits.isdigit():
        raise Unparsable("is not a date")
    try:
        return datetime.strptime(digits, "%Y%m%d").date()
    except ValueError as error:
        raise Unparsable("is not a date") from error


def _moment(value: Any) -> datetime:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise Unparsable("is not a moment with a time zone")
    return value.astimezone(UTC)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Unparsable("is not true or false")
    return value


def text(width: int) -> Kind:
    """Text of at most ``width`` bytes."""
    return Kind(pa.string(), "text", f"varchar({width})", _within(width))


def required(kind: Kind) -> Kind:
    """The same kind where KOFIC always sends a value, so that an empty one is as unreadable as a wrong one."""
    return Kind(kind.arrow, kind.postgres, kind.redshift, _required(kind.parse))


def decimal(precision: int, scale: int) -> Kind:
    """An exact decimal."""
    sql = f"decimal({precision},{scale})"
    return Kind(pa.decimal128(precision, scale), sql, sql, _decimal(precision, scale))


CODE = text(64)
FILM_CODE = Kind(pa.string(), CODE.postgres, CODE.redshift, _film_code)
NAME = text(1_024)
LONG_NAME = text(4_096)
LONGEST = text(65_535)
WHOLE = Kind(pa.int64(), "bigint", "bigint", _integer)
DAY = Kind(pa.date32(), "date", "date", _day)
MOMENT = Kind(pa.timestamp("us", tz="UTC"), "timestamptz", "timestamptz", _moment)
FLAG = Kind(pa.bool_(), "boolean", "boolean", _flag)
