"""Expressions: what Redshift and PostgreSQL write alike and mean differently, changed to what PostgreSQL must be asked.

Only the tokens that differ are touched; everything else of a statement goes on letter by letter.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from tests.redshift.dialect import rules
from tests.redshift.dialect.check import findings, runs_on_the_leader_node
from tests.redshift.standin.errors import unknown_here, unsupported
from tests.redshift.standin.lexer import Token, closing, split_at_commas, syntax_error, tokens

_SAME = rules.words("""
any_value bit_and bit_or bool_and bool_or count max min percentile_cont stddev stddev_pop stddev_samp sum var_pop var_samp
variance cume_dist dense_rank first_value lag last_value lead ntile percent_rank rank row_number coalesce greatest least
nullif nth_value abs acos asin atan atan2 cbrt ceil ceiling cos cot degrees exp floor ln log mod pi power radians random round
sign sin sqrt tan ascii btrim char_length character_length chr initcap left right length lower lpad rpad ltrim rtrim
octet_length position quote_ident quote_literal repeat replace reverse split_part strpos substring substr translate trim upper
md5 to_char to_date to_number cast regexp_substr current_setting pg_backend_pid current_database version trunc
""")
"""Functions that mean the same in both."""

_OWN = rules.words("""
avg concat regexp_replace getdate last_day add_months months_between charindex len sha2 convert_timezone
""")
"""Functions that functions.sql gives under the schema `rs`, with Redshift's meaning."""

_WITH_PART = {"dateadd": "dateadd", "date_add": "dateadd", "datediff": "datediff", "date_diff": "datediff"}
_PARTS = {
    **{part: part for part in rules.words("year quarter month week day hour minute second millisecond microsecond")},
    **{f"{part}s": part for part in rules.words("year month week day hour minute second")},
}
_NOT_FUNCTIONS = rules.words("""
select from where and or not in as on by over partition order within group values exists any all some case when then else end
is between like ilike union except intersect join inner left right full outer cross using having limit offset with distinct
numeric decimal varchar char character varying timestamp interval set into update delete insert merge filter matched nvarchar
bpchar float double precision key recursive qualify rows unbounded preceding similar to top
""")
"""Words that may stand before a parenthesis without being a function."""


_VIEWS = "|".join(rules.SUPERUSER_VIEWS)
_ASKS_FOR_A_SUPERUSERS_VIEW = re.compile(rf"has_table_privilege\s*\([^()]*'({_VIEWS})'[^()]*\)", re.IGNORECASE)


class Edit(NamedTuple):
    """The text between two places becomes another. Where several begin at one place, what closes comes first."""

    start: int
    end: int
    text: str
    closes: bool = False


def query(sql: str) -> str:
    """A query as PostgreSQL must be asked it, after Redshift's rules were held against it.

    Raises:
        RedshiftError: Redshift refuses it, or the stand-in does not know a function of it.
    """
    for finding in findings(sql):
        if finding.rule not in rules.LOSSY:
            raise unsupported(str(finding), finding.rule)
    if runs_on_the_leader_node(sql):
        # The pipeline's user is no superuser; PostgreSQL's user of a session here may be one.
        return _ASKS_FOR_A_SUPERUSERS_VIEW.sub("false", sql)
    return _applied(sql, list(_edits(tokens(sql))))


def _applied(sql: str, edits: list[Edit]) -> str:
    # Edits come from the outside in: of those that open at one place the first is the outermost, of those that close the last.
    def place(numbered: tuple[int, Edit]) -> tuple[int, int, bool, int]:
        number, edit = numbered
        return edit.start, edit.end, not edit.closes, -number if edit.closes else number

    out, at = [], 0
    for _, edit in sorted(enumerate(edits), key=place):
        out += [sql[at : edit.start], edit.text]
        at = edit.end
    return "".join([*out, sql[at:]])


def _edits(found: list[Token]) -> Iterator[Edit]:
    for place, token in enumerate(found):
        after = found[place + 1] if place + 1 < len(found) else None
        qualified = place > 0 and found[place - 1].text in {".", "::"}
        if token.text == "::":
            yield from _short_cast(found, place)
        elif token.word == "SYSDATE" and not qualified:
            yield Edit(token.start, token.end, "rs.sysdate()")
        elif token.is_quoted and token.text != token.text.lower():
            yield Edit(token.start, token.end, token.text.lower())
        elif token.word.startswith("#"):
            yield Edit(token.start, token.end, f'"{token.text.lower()}"')
        elif token.word and after and after.text == "(" and not qualified:
            yield from _call(found, place)


def _call(found: list[Token], place: int) -> Iterator[Edit]:
    token, opening = found[place], found[place + 1]
    name, end = token.text.lower(), closing(found, place + 1)
    arguments = split_at_commas(found[place + 2 : end])
    if name == "cast":
        yield from _cast(found[place + 2 : end])
    elif name in _WITH_PART:
        part = _PARTS.get(arguments[0][0].name)
        if part is None or len(arguments) != 3:
            raise unknown_here(f"{name} of {arguments[0][0].text}")
        yield Edit(token.start, token.end, f"rs.{_WITH_PART[name]}")
        yield Edit(arguments[0][0].start, arguments[0][0].end, f"'{part}'")
    elif name in {"nvl", "isnull"}:
        yield Edit(token.start, token.end, "coalesce")
    elif name == "date_trunc":
        yield Edit(token.start, token.end, "rs.date_trunc")
    elif name == "extract":
        # An integer on Redshift (guide: r_EXTRACT_function), numeric since PostgreSQL 14.
        if found[place + 2].text.lower() not in {"second", "epoch"}:
            yield Edit(token.start, token.start, "cast(")
            yield Edit(found[end].end, found[end].end, " as integer)", closes=True)
    elif name == "listagg":
        yield from _listagg(found, place, end, arguments)
    elif name == "median":
        yield Edit(token.start, opening.end, "percentile_cont(0.5) within group (order by ")
    elif name in _OWN:
        yield Edit(token.start, token.end, f"rs.{name}")
    elif name not in _SAME and name not in _NOT_FUNCTIONS and not _is_target(found, place):
        raise (
            unknown_here(f"the function {name}()")
            if name in rules.GUIDE
            else unsupported(f"function {name}() does not exist", "unknown-function")
        )


def _is_target(found: list[Token], place: int) -> bool:
    """Whether the name before a parenthesis is a table of INSERT, a CTE or an alias with columns."""
    if not place:
        return False
    before = found[place - 1]
    of_with = before.text == "," and found[0].word == "WITH"
    return of_with or before.text in {".", ")"} or before.word in {"INTO", "WITH", "RECURSIVE", "AS"}


def _listagg(found: list[Token], place: int, end: int, arguments: list[list[Token]]) -> Iterator[Edit]:
    value = arguments[0]
    if value[0].word == "DISTINCT":
        raise unknown_here("LISTAGG(DISTINCT …)")
    yield Edit(found[place].start, found[place].end, "string_agg")
    yield Edit(value[0].start, value[0].start, "cast((")
    separator = "" if len(arguments) > 1 else ", ''"
    yield Edit(value[-1].end, value[-1].end, f") as text){separator}", closes=True)
    if [token.word for token in found[end + 1 : end + 3]] == ["WITHIN", "GROUP"]:
        yield Edit(found[end].start, found[end + 3].end, " ")


def _cast(inside: list[Token]) -> Iterator[Edit]:
    depth, at = 0, None
    for place, token in enumerate(inside):
        depth += (token.text == "(") - (token.text == ")")
        if depth == 0 and token.word == "AS":
            at = place
    if at is None:
        raise syntax_error(inside[-1] if inside else None)
    if (width := _width(inside[at + 1 :])) is not None:
        # A cast cuts to so many bytes (guide: r_Character_types); PostgreSQL cuts to so many letters.
        yield Edit(inside[0].start, inside[0].start, "rs.clipped(cast((")
        yield Edit(inside[at].start, inside[at].start, f") as text), {width}) ", closes=True)


def _short_cast(found: list[Token], place: int) -> Iterator[Edit]:
    if (width := _width(found[place + 1 :], only=False)) is None:
        return
    start = _operand(found, place)
    yield Edit(found[start].start, found[start].start, "rs.clipped(cast((")
    yield Edit(found[place].start, found[place].start, f") as text), {width})", closes=True)


def _operand(found: list[Token], place: int) -> int:
    """Where the operand of `::` begins: a literal, a name, a call or a parenthesis, with the casts before it."""
    at = place - 1
    if found[at].text == ")":
        depth = 0
        while True:
            depth += (found[at].text == ")") - (found[at].text == "(")
            if depth == 0:
                break
            at -= 1
        if at > 0 and (found[at - 1].word or found[at - 1].is_quoted) and found[at - 1].text.lower() not in _NOT_FUNCTIONS:
            at -= 1
    elif found[at - 1].text == "$":
        at -= 1
    while at > 1 and found[at - 1].text == ".":
        at -= 2
    return _operand(found, at - 1) if at > 1 and found[at - 1].text == "::" else at


def _width(kind: list[Token], only: bool = True) -> int | None:
    """The bytes that a character type holds; None for every other type. Without a length it is 256."""
    words = [token.word for token in kind]
    if words[:2] == ["CHARACTER", "VARYING"]:
        rest = kind[2:]
    elif words[:1] in (["VARCHAR"], ["NVARCHAR"], ["TEXT"]):
        rest = kind[1:]
    elif words[:1] in (["CHAR"], ["CHARACTER"], ["NCHAR"], ["BPCHAR"]):
        raise unknown_here("CHAR in a cast")
    else:
        return None
    if len(rest) >= 3 and rest[0].text == "(":
        if rest[1].word == "MAX":
            raise unknown_here("VARCHAR(MAX) in a cast")
        return int(rest[1].text)
    return 256
