"""What kind of value an expression gives on Redshift, as far as it can be read from the query and from the columns' types.

An unknown kind is None, and nothing is reported of it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp


@dataclass(frozen=True)
class Kind:
    """A type: its name and, of a number, its digits and those after the point."""

    name: str
    precision: int = 0
    scale: int = 0


# r_numeric_computations201: an integer that meets a DECIMAL becomes one of so many digits.
_WHOLE = {"smallint": 5, "int2": 5, "integer": 10, "int": 10, "int4": 10, "bigint": 19, "int8": 19}
_SAME = {
    "bool": "boolean",
    "char": "varchar",
    "character varying": "varchar",
    "double precision": "double",
    "float": "double",
    "float8": "double",
    "numeric": "decimal",
    "real": "double",
    "text": "varchar",
    "timestamp with time zone": "timestamptz",
    "timestamp without time zone": "timestamp",
}
_LONGEST = 38
_WIDEST_OF_SEVERAL = 19
"""Digits of a DECIMAL that a UNION or a COALESCE gives (r_numeric_computations201)."""

CHOOSING = frozenset({"coalesce", "nvl", "nvl2", "decode", "greatest", "least"})
"""Functions that give one of several values, whose type is made of all of theirs."""
_OF_THE_FIRST = frozenset(
    {"max", "min", "abs", "round", "first_value", "last_value", "lag", "lead", "nullif", "any_value", "ceil"}
)
_GIVES = {
    **dict.fromkeys(("count", "len", "length", "extract", "datediff"), Kind("bigint", 19)),
    **dict.fromkeys(("substring", "lpad", "rpad", "repeat", "upper", "lower", "trim", "to_char", "listagg"), Kind("varchar")),
    **dict.fromkeys(("date_trunc", "dateadd", "add_months", "getdate", "convert_timezone"), Kind("timestamp")),
    "last_day": Kind("date"),
}


def named(kind: str) -> Kind | None:
    """A type as it is written, `numeric(18,4)` for example."""
    match = re.fullmatch(r"\s*([a-z][a-z0-9 ]*?)\s*(?:\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\))?\s*", kind.lower())
    if match is None:
        return None
    name = _SAME.get(match[1], match[1])
    if name in _WHOLE:
        return Kind(name, _WHOLE[name])
    if name == "decimal":
        return Kind(name, int(match[2] or 18), int(match[3] or 0))
    return Kind(name)


class Kinds:
    """The kinds of a query's expressions. `columns`: the types of the tables' columns, by the columns' names."""

    def __init__(self, tree: exp.Expr, columns: Mapping[str, Kind]) -> None:
        self._columns = dict(columns)
        # A name that the query gives wins over a table's column of that name, and may rest on another such name.
        aliases = list(tree.find_all(exp.Alias))
        for _ in range(4):
            before = dict(self._columns)
            for alias in aliases:
                if found := self.of(alias.this):
                    self._columns[alias.alias.lower()] = found
            if before == self._columns:
                break

    def of(self, node: exp.Expr | None) -> Kind | None:
        """The kind of an expression, or None."""
        match node:
            case exp.Column():
                return self._columns.get(node.name.lower())
            case exp.Cast():
                return named(node.to.sql("redshift"))
            case exp.Literal():
                return Kind("varchar") if node.is_string else _of_number(node.name)
            case exp.Paren() | exp.Neg() | exp.Alias() | exp.Window() | exp.IgnoreNulls() | exp.Subquery():
                return self.of(node.this)
            case exp.AtTimeZone():
                inner = self.of(node.this)
                return Kind("timestamp" if inner.name == "timestamptz" else "timestamptz") if inner else None
            case exp.Add() | exp.Sub() | exp.Mul() | exp.Div():
                return _computed(node, self.of(node.left), self.of(node.right))
            case exp.Case():
                return _of_several(self.of(each) for each in results(node))
            case exp.DPipe():
                return Kind("varchar")
            case exp.Extract():
                return Kind("bigint", 19)
            case exp.Anonymous():
                return self._of_function(str(node.name).lower(), node.expressions)
            case _:
                return None

    def _of_function(self, name: str, arguments: list[exp.Expr]) -> Kind | None:
        if name in _GIVES:
            return _GIVES[name]
        first = self.of(arguments[0]) if arguments else None
        if name in CHOOSING:
            return _of_several(self.of(each) for each in arguments)
        if name in _OF_THE_FIRST:
            return first
        if name == "sum" and first and first.precision:
            # r_SUM: of BIGINT and DECIMAL a DECIMAL, of the most digits.
            return Kind("decimal", _LONGEST, first.scale) if first.name in {"decimal", "bigint", "int8"} else Kind("bigint", 19)
        return None


def results(case: exp.Case) -> Iterator[exp.Expr]:
    """The values that a CASE may give."""
    for each in case.args["ifs"]:
        yield each.args["true"]
    if default := case.args.get("default"):
        yield default


def too_wide(kinds: Iterable[Kind | None]) -> Kind | None:
    """The DECIMAL that several values would need, if Redshift gives them one with fewer digits before the point."""
    found = _of_several(kinds, most=_LONGEST)
    return found if found and found.name == "decimal" and found.scale and found.precision > _WIDEST_OF_SEVERAL else None


def _of_number(text: str) -> Kind:
    whole, _, fraction = text.partition(".")
    return Kind("decimal", len(whole) + len(fraction), len(fraction)) if fraction else Kind("integer", 10)


def _of_several(kinds: Iterable[Kind | None], most: int = _WIDEST_OF_SEVERAL) -> Kind | None:
    known = [kind for kind in kinds if kind]
    if not any(kind.name == "decimal" for kind in known):
        return known[0] if known else None
    numbers = [kind for kind in known if kind.precision]
    scale = max(kind.scale for kind in numbers)
    return Kind("decimal", min(max(kind.precision - kind.scale for kind in numbers) + scale, most), scale)


def _computed(node: exp.Expr, left: Kind | None, right: Kind | None) -> Kind | None:
    if left is None or right is None:
        return None
    if left.name == "double" or right.name == "double":
        return Kind("double")
    if not left.precision or not right.precision:
        # A moment or a date, more or less so much.
        return left if left.name in {"date", "timestamp", "timestamptz"} and right.name != left.name else None
    if left.name != "decimal" and right.name != "decimal":
        return max(left, right, key=lambda kind: kind.precision)
    match node:
        case exp.Mul():
            scale, precision = left.scale + right.scale, left.precision + right.precision + 1
        case exp.Div():
            scale = max(4, left.scale + right.precision - right.scale + 1)
            precision = left.precision - left.scale + right.scale + scale
        case _:
            scale = max(left.scale, right.scale)
            precision = max(left.precision - left.scale, right.precision - right.scale) + 1 + scale
    return Kind("decimal", min(precision, _LONGEST), min(scale, _LONGEST))
