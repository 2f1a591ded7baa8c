"""Reads a query as Redshift's grammar does and names the rules that it breaks."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import sqlglot
from sqlglot import exp
from sqlglot.dialects.redshift import Redshift

from tests.redshift.dialect import rules
from tests.redshift.dialect.kinds import CHOOSING, Kind, Kinds, results, too_wide

_SYSTEM_SCHEMAS = {"pg_catalog", "information_schema"}
_SYSTEM_PREFIXES = ("pg_", "svv_", "svl_", "stv_", "stl_", "sys_")
_OPERATORS: dict[type[exp.Expr], str] = {
    exp.JSONExtract: "->",
    exp.JSONExtractScalar: "->>",
    exp.RegexpILike: "~*",
    exp.NullSafeEQ: "IS NOT DISTINCT FROM",
    exp.NullSafeNEQ: "IS DISTINCT FROM",
}
_NO_PARENTHESES: dict[type[exp.Expr], str] = {
    exp.CurrentTimestamp: "current_timestamp",
    exp.CurrentTime: "current_time",
    exp.Localtime: "localtime",
    exp.Localtimestamp: "localtimestamp",
    exp.CurrentSchema: "current_schema",
}


class Unread(Redshift):
    """Redshift's grammar without any opinion on functions: each stays as it is written, none is given another meaning."""

    class Parser(Redshift.Parser):  # type: ignore[misc, valid-type]
        FUNCTIONS: ClassVar[dict[str, Any]] = {}
        FUNCTION_PARSERS = {
            name: parser
            for name, parser in Redshift.Parser.FUNCTION_PARSERS.items()
            if name in {"CAST", "CONVERT", "EXTRACT", "POSITION", "SUBSTRING", "TRIM"}
        }
        NO_PAREN_FUNCTION_PARSERS = {
            name: parser for name, parser in Redshift.Parser.NO_PAREN_FUNCTION_PARSERS.items() if name != "APPROXIMATE"
        }


@dataclass(frozen=True)
class Finding:
    """One rule that a query breaks, and what in it does."""

    rule: str
    what: str

    def __str__(self) -> str:
        rule = rules.RULES[self.rule]
        return f"[{self.rule}] {self.what}: {rule.says} ({rule.source})"


def findings(query: str, columns: Mapping[str, Kind] | None = None) -> list[Finding]:
    """The rules that a query (SELECT, INSERT, UPDATE, DELETE or MERGE) breaks, in the order of its parts; each once.

    `columns`: the types of columns by their names; what is not among them has an unknown type, of which nothing is said.

    What cannot be parsed is a finding too: nothing passes because it was not understood.
    """
    words = set(_phrases(query))
    if words:
        return [Finding(rule, what) for rule, what in sorted(words)]
    try:
        tree = _tree(_readable(query))
    except sqlglot.errors.SqlglotError as error:
        reason = re.sub(r"\x1b\[[0-9;]*m", "", str(error)).splitlines()[0]
        return [Finding("unparsed", reason)]
    if isinstance(tree, exp.Command):
        return [Finding("unparsed", query.strip().partition(" ")[0])]
    on_tables = reads_a_users_table(query)
    found = [finding for node in tree.walk() for finding in _of_node(node, on_tables)]
    kinds = Kinds(tree, columns or {})
    found += [finding for node in tree.walk() for finding in _of_kinds(node, kinds)]
    return list(dict.fromkeys(found))


def reads_a_users_table(query: str) -> bool:
    """Whether a query reads a table that is none of the catalog's: then the compute nodes run it.

    Raises:
        sqlglot.errors.SqlglotError: it cannot be read.
    """
    return any(not is_system(table) for table in _tables(_tree(_readable(query))))


def is_system(table: exp.Table) -> bool:
    """Whether the table belongs to the catalog: then the whole query may run on the leader node."""
    return table.db.lower() in _SYSTEM_SCHEMAS or (not table.db and table.name.lower().startswith(_SYSTEM_PREFIXES))


def runs_on_the_leader_node(query: str) -> bool:
    """Whether a query reads the catalog alone, or no table and asks for what only the leader node knows."""
    try:
        tree = _tree(query)
    except sqlglot.errors.SqlglotError:
        return False
    tables = list(_tables(tree))
    asks = bool(tables) or any(_function(node) in rules.LEADER_NODE for node in tree.walk())
    return asks and all(is_system(table) for table in tables)


def _readable(query: str) -> str:
    """The query with APPROXIMATE, which sqlglot does not know, as a part of the function's name."""
    return re.sub(r"\bapproximate\s+(?=count|percentile_disc)", "approximate_", query, flags=re.IGNORECASE)


@lru_cache(maxsize=256)
def _tree(query: str) -> exp.Expr:
    # Nobody changes a tree, and the stand-in asks twice for that of each statement.
    # A bind parameter as it travels: sqlglot takes the dollar for the start of a quoted text.
    return sqlglot.parse_one(re.sub(r"\$(\d+)", r":p\1", query), read=Unread)


def _tables(tree: exp.Expr) -> Iterator[exp.Table]:
    named = {each.alias_or_name.lower() for each in tree.find_all(exp.CTE)}
    for table in tree.find_all(exp.Table):
        is_function = isinstance(table.this, exp.Func)
        if table.name and not is_function and not (table.name.lower() in named and not table.db):
            yield table


_PHRASES = {
    "on-conflict": r"\bon\s+conflict\b",
    "lateral": r"\blateral\b",
    "tablesample": r"\btablesample\b",
    "fetch-first": r"\bfetch\s+(first|next)\b",
    "merge": r"\bwhen\s+(not\s+)?matched\s+(and|by)\b",
}
"""Constructs that are recognised more safely by their words than in the tree, which differs between parser versions."""


def _phrases(query: str) -> Iterator[tuple[str, str]]:
    bare = re.sub(r"'(?:[^'\\]|''|\\.)*'|\"[^\"]*\"|--[^\n]*|/\*.*?\*/", " ", query, flags=re.DOTALL)
    for rule, pattern in _PHRASES.items():
        if match := re.search(pattern, bare, re.IGNORECASE):
            yield rule, " ".join(match.group().split()).upper()


def _function(node: exp.Expr | None) -> str:
    if isinstance(node, exp.Anonymous):
        return str(node.name).lower()
    return _NO_PARENTHESES.get(type(node), "") if node is not None else ""


def _of_node(node: exp.Expr, on_tables: bool) -> Iterator[Finding]:
    if name := _function(node):
        yield from _of_function(node, name, on_tables)
    if type(node) in _OPERATORS:
        yield Finding("operator", _OPERATORS[type(node)])
    match node:
        case exp.Table() if node.name.lower() in rules.SUPERUSER_VIEWS:
            yield Finding("superuser-view", node.name.lower())
        case exp.Filter():
            yield Finding("filter", "FILTER (WHERE …)")
        case exp.Distinct() if node.args.get("on"):
            yield Finding("distinct-on", "DISTINCT ON")
        case exp.Returning():
            yield Finding("returning", "RETURNING")
        case exp.Array() | exp.Bracket():
            yield Finding("array", node.sql()[:40])
        case exp.Extract():
            part = node.name.lower()
            if part not in rules.DATE_PARTS:
                yield Finding("datepart", part)
        case exp.DataType():
            yield from _of_type(node, on_tables)
        case exp.Window():
            yield from _of_window(node)
        case exp.WithinGroup():
            if _function(node.this) in {"percentile_disc", "mode"} and not isinstance(node.parent, exp.Window):
                yield Finding("percentile-disc", _function(node.this))
        case exp.Values() if not isinstance(node.parent, exp.Insert):
            yield Finding("values-table", "VALUES")
        case exp.Select():
            yield from _of_select(node)
        case exp.With() if node.args.get("recursive"):
            yield from _of_recursion(node)
        case exp.Join():
            # Whether a subquery is correlated needs the columns of its tables; any is refused.
            if node.side and (condition := node.args.get("on")) and condition.find(exp.Subquery, exp.Exists, exp.Select):
                yield Finding("correlated-join", "subquery in ON")
        case exp.Identifier():
            if len(str(node.this).encode()) > 127:
                yield Finding("identifier-length", str(node.this)[:30] + "…")
        case _:
            pass


def _of_function(node: exp.Expr, name: str, on_tables: bool) -> Iterator[Finding]:
    shown = f"{name}()"
    if name in rules.LACKING:
        if on_tables:
            yield Finding("function", shown)
    elif name in rules.LEADER_NODE:
        if on_tables:
            yield Finding("leader-node", shown)
    elif name.removeprefix("approximate_") not in rules.GUIDE and on_tables:
        yield Finding("unknown-function", shown)
    if name in rules.COMPUTE_NODE and not on_tables:
        yield Finding("compute-node", shown)
    if name == "concat" and len(node.expressions) != 2:
        yield Finding("concat-args", f"CONCAT of {len(node.expressions)}")
    if name == "to_timestamp" and len(node.expressions) == 1:
        yield Finding("function", "to_timestamp(epoch)")
    if name in {"date_part", "date_trunc"} and node.expressions and isinstance(node.expressions[0], exp.Literal):
        part = node.expressions[0].name.lower()
        if part not in rules.DATE_PARTS:
            yield Finding("datepart", part)
    if name == "count" and node.expressions and isinstance(distinct := node.expressions[0], exp.Distinct):
        of_tuple = any(isinstance(each, exp.Tuple) for each in distinct.expressions)
        if len(distinct.expressions) > 1 or of_tuple:
            yield Finding("count-distinct-multi", "COUNT(DISTINCT a, b)")


def _of_kinds(node: exp.Expr, kinds: Kinds) -> Iterator[Finding]:
    name = _function(node)
    if name in CHOOSING or isinstance(node, exp.Case):
        values = list(results(node)) if isinstance(node, exp.Case) else node.expressions
        if wide := too_wide(kinds.of(each) for each in values):
            yield Finding("decimal-digits", f"{name or 'case'}() of DECIMAL({wide.precision}, {wide.scale})")
    if isinstance(node, exp.SetOperation) and not isinstance(node.parent, exp.SetOperation):
        # Kinds knows a name as the query gives it first; a branch's own expressions are what is united.
        branches = [each.selects for each in _branches(node)]
        for column in zip(*branches, strict=False):
            if wide := too_wide(kinds.of(each) for each in column):
                yield Finding(
                    "decimal-digits", f"{column[0].alias_or_name} of DECIMAL({wide.precision}, {wide.scale}) in a UNION"
                )
    for argument, taken in zip(getattr(node, "expressions", ()), rules.ARGUMENTS.get(name, ()), strict=False):
        kind = kinds.of(argument)
        if taken is not None and kind and kind.name not in taken:
            yield Finding("argument-type", f"{name}() of {kind.name}")
    if isinstance(node, exp.AtTimeZone) and (kind := kinds.of(node.this)) and kind.name not in {"timestamp", "timestamptz"}:
        yield Finding("argument-type", f"AT TIME ZONE of {kind.name}")


def _branches(node: exp.Expr) -> Iterator[exp.Select]:
    while isinstance(node, exp.Subquery):
        node = node.this
    if isinstance(node, exp.SetOperation):
        yield from _branches(node.left)
        yield from _branches(node.right)
    elif isinstance(node, exp.Select):
        yield node


def _of_type(node: exp.DataType, on_tables: bool) -> Iterator[Finding]:
    kind = str(node.args.get("kind") or node.this.value).lower()
    if kind in rules.NO_TYPES and on_tables:
        yield Finding("type", kind)
    if kind in {"timestamp", "timestamptz", "time", "timetz"} and node.expressions:
        yield Finding("type-precision", f"{kind}(p)")
    if kind in {"varchar", "nvarchar"} and node.expressions and node.expressions[0].name.isdigit():
        if int(node.expressions[0].name) > 65_535:
            yield Finding("varchar-length", f"varchar({node.expressions[0].name})")
    elif kind in {"varchar", "nvarchar", "text"} and not node.expressions and on_tables:
        yield Finding("unsized-text", kind)


def _of_window(node: exp.Window) -> Iterator[Finding]:
    function = node.this
    while isinstance(function, exp.IgnoreNulls | exp.RespectNulls | exp.WithinGroup | exp.Filter):
        function = function.this
    name, spec = _function(function), node.args.get("spec")
    if node.args.get("order") is not None:
        if name in rules.FRAMED and spec is None:
            yield Finding("window-frame", f"{name}() over (… order by …)")
        if name == "listagg":
            yield Finding("listagg-window", "LISTAGG")
    if spec is not None and str(spec.args.get("kind") or "").upper() in {"RANGE", "GROUPS"}:
        yield Finding("range-frame", str(spec.args["kind"]).upper())


def _of_select(node: exp.Select) -> Iterator[Finding]:
    if node.args.get("windows"):
        yield Finding("named-window", "WINDOW")
    source = node.args.get("from_") or node.args.get("from")
    plain = not any(node.args.get(part) for part in ("where", "joins", "group"))
    if node.args.get("qualify") and plain and source and isinstance(source.this, exp.Table) and not source.this.alias:
        yield Finding("qualify-alias", "QUALIFY")
    orders = {
        each.expression.sql()
        for each in node.find_all(exp.WithinGroup)
        if each.find_ancestor(exp.Select) is node and not isinstance(each.parent, exp.Window)
    }
    if len(orders) > 1:
        yield Finding("within-group", "; ".join(sorted(orders)))


def _of_recursion(node: exp.With) -> Iterator[Finding]:
    for cte in node.expressions:
        itself = any(table.name.lower() == cte.alias.lower() for table in cte.this.find_all(exp.Table))
        if itself and not cte.args["alias"].columns:
            yield Finding("recursive-cte", f"{cte.alias} without a column list")
        if itself and isinstance(cte.this, exp.Union) and cte.this.args.get("distinct"):
            yield Finding("recursive-cte", f"{cte.alias} with UNION")
