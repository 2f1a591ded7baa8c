"""CREATE TABLE and CREATE VIEW: Redshift's columns, keys and options read one by one, and PostgreSQL's statement made of them."""

import re
from dataclasses import dataclass, field

from tests.redshift.dialect import rules
from tests.redshift.standin.errors import SYNTAX, UNDEFINED_COLUMN, RedshiftError, unknown_here, unsupported
from tests.redshift.standin.expressions import query
from tests.redshift.standin.lexer import Reader, Token, identifier, literal, split_at_commas, syntax_error, tokens

_ENCODINGS = rules.words("auto raw az64 bytedict delta delta32k lzo mostly8 mostly16 mostly32 runlength text255 text32k zstd")
_SIMPLE = rules.words("smallint int2 integer int int4 bigint int8 real float4 float float8 boolean bool date")
_LONGEST = 65_535


@dataclass
class Design:
    """How a table is laid out."""

    style: str | None = None
    dist_key: str | None = None
    sort_keys: list[str] = field(default_factory=list)
    sort_style: str | None = None


@dataclass(frozen=True)
class Column:
    """A column: its name, PostgreSQL's type for it, and whether it takes null."""

    name: str
    type: str
    required: bool
    default: str = ""

    @property
    def definition(self) -> str:
        return " ".join(filter(None, [identifier(self.name), self.type, self.default, "not null" if self.required else ""]))


def relation(parts: list[str]) -> str:
    """A table's name for PostgreSQL, which knows no database in it."""
    return ".".join(identifier(part) for part in parts[-2:])


def create_table(sql: str) -> str:
    """The statements that make the table, as one DO block: all of it or nothing.

    Raises:
        RedshiftError: Redshift takes no such table.
    """
    reader = Reader(tokens(sql))
    reader.expect("CREATE")
    temporary = reader.takes("TEMPORARY") or reader.takes("TEMP") or reader.takes("LOCAL", "TEMPORARY")
    reader.expect("TABLE")
    unless_there = reader.takes("IF", "NOT", "EXISTS")
    parts = reader.qualified_name()
    temporary = temporary or parts[-1].startswith("#")
    name = identifier(parts[-1]) if temporary else relation(parts)
    design = Design()
    columns: list[Column] = []
    like = ""
    if reader.next is not None and reader.next.text == "(":
        group = reader.group()
        if group and group[0].word == "LIKE":
            like = _like(Reader(group))
        else:
            columns = _columns(group, design)
    _options(reader, design)
    made_as = ""
    if reader.takes("AS"):
        if columns or like:
            raise unknown_here("CREATE TABLE with columns AS")
        made_as = " as " + query(sql[reader.next.start :] if reader.next else "")
    else:
        reader.end()
        if not columns and not like:
            raise syntax_error(None)
    _check(design, [column.name for column in columns] if columns else None)
    body = like or (f"({', '.join(column.definition for column in columns)})" if columns else "")
    create = f"create {'temporary ' if temporary else ''}table {name} {body}{made_as}"
    return _block(
        ([f"if to_regclass({literal(name)}) is not null then return; end if;"] if unless_there else [])
        + [f"execute {literal(create)};"]
        + [f"perform rs.table_made({literal(name)}::regclass, {_arguments(design)}, {'true' if temporary else 'false'});"]
    )


def _like(reader: Reader) -> str:
    """Columns, their types and NOT NULL of another table."""
    reader.expect("LIKE")
    other = relation(reader.qualified_name())
    defaults = reader.takes("INCLUDING", "DEFAULTS")
    reader.takes("EXCLUDING", "DEFAULTS")
    reader.end()
    return f"(like {other}{' including defaults' if defaults else ''})"


def create_view(sql: str) -> str:
    """The statement that makes the view. A late-binding one reads its tables when it is read, and not before.

    Raises:
        RedshiftError: Redshift takes no such view.
    """
    found = tokens(sql)
    late = [token.word for token in found[-4:]] == ["WITH", "NO", "SCHEMA", "BINDING"]
    reader = Reader(found[:-4] if late else found)
    reader.expect("CREATE")
    replace = reader.takes("OR", "REPLACE")
    reader.expect("VIEW")
    parts = reader.qualified_name()
    if reader.word != "AS":
        raise unknown_here("a view with a list of columns")
    reader.expect("AS")
    end = found[-4].start if late else len(sql)
    body = query(sql[reader.next.start if reader.next else end : end])
    name = relation(parts)
    if not late:
        return f"create {'or replace ' if replace else ''}view {name} as {body}"
    if len(parts) < 2:
        raise RedshiftError("a late-binding view wants names with a schema", SYNTAX)
    return _block(
        ([f"execute {literal(f'drop view if exists {name}')};"] if replace else [])
        + [f"perform rs.late_binding_view({literal(name)}, {literal(body)});"]
    )


def add_column(reader: Reader) -> str:
    """The definition after ALTER TABLE … ADD COLUMN."""
    rest: list[Token] = []
    while reader.next is not None:
        rest.append(reader.take())
    (column,) = _columns(rest, Design())
    if column.required and not column.default:
        raise RedshiftError("ALTER TABLE ADD COLUMN defined as NOT NULL must have a non-null default expression", SYNTAX)
    return column.definition


def _block(lines: list[str]) -> str:
    return "do $standin$ begin " + " ".join(lines) + " end $standin$"


def _arguments(design: Design) -> str:
    keys = ", ".join(literal(key) for key in design.sort_keys)
    values = [literal(value) if value else "null" for value in (design.style, design.dist_key)]
    return f"{', '.join(values)}, array[{keys}]::text[]"


def _columns(found: list[Token], design: Design) -> list[Column]:
    columns = []
    required: set[str] = set()
    for part in split_at_commas(found):
        reader = Reader(part)
        if reader.word in {"PRIMARY", "UNIQUE", "FOREIGN", "CONSTRAINT"}:
            words = [token.word for token in part]
            if "CHECK" in words or "EXCLUDE" in words:
                raise unsupported("CHECK constraints are not supported", "c_unsupported-postgresql-features")
            # Never enforced, except that a primary key's columns are NOT NULL (guide: t_Defining_constraints).
            if "PRIMARY" in words:
                required |= {token.name for token in part if token.word or token.is_quoted} - {"primary", "key", "constraint"}
        else:
            columns.append(_column(reader, design))
    return [Column(each.name, each.type, each.required or each.name in required, each.default) for each in columns]


def _column(reader: Reader, design: Design) -> Column:
    name = reader.take().name
    if len(name.encode()) > 127:
        raise RedshiftError(f'identifier "{name[:30]}…" is longer than 127 bytes', SYNTAX)
    kind = _type(reader, name)
    required, default = False, ""
    while reader.next is not None:
        if reader.takes("NOT", "NULL"):
            required = True
        elif reader.takes("NULL"):
            pass
        elif reader.takes("ENCODE"):
            encoding = reader.take()
            if encoding.name not in _ENCODINGS:
                raise RedshiftError(f'invalid encoding type specified for column "{name}"', SYNTAX)
        elif reader.takes("DISTKEY"):
            if design.dist_key:
                raise RedshiftError("multiple distkey columns are not allowed", SYNTAX)
            design.dist_key = name
        elif reader.takes("SORTKEY"):
            design.sort_keys.append(name)
        elif reader.takes("PRIMARY", "KEY"):
            required = True
        elif reader.takes("UNIQUE"):
            pass
        elif reader.takes("DEFAULT"):
            default = f"default {reader.take().text}"
        elif reader.word == "CHECK":
            raise unsupported("CHECK constraints are not supported", "c_unsupported-postgresql-features")
        elif reader.word in {"GENERATED", "IDENTITY", "REFERENCES", "COLLATE"}:
            raise unknown_here(f"{reader.word} in a column")
        else:
            raise syntax_error(reader.next)
    return Column(name, kind, required, default)


def _type(reader: Reader, column: str) -> str:
    word = reader.take()
    kind = word.text.lower()
    if kind == "character" and reader.takes("VARYING"):
        kind = "varchar"
    elif kind == "double":
        reader.expect("PRECISION")
        kind = "double precision"
    inner = [token.text for token in reader.group()] if reader.next is not None and reader.next.text == "(" else []
    if kind in rules.NO_TYPES or (reader.next is not None and reader.next.text == "["):
        raise unsupported(f'Column "{column}" has unsupported type "{kind}".', "type")
    if kind in {"varchar", "nvarchar", "text"}:
        length = 256 if not inner or kind == "text" else _LONGEST if inner[0].upper() == "MAX" else int(inner[0])
        if not 0 < length <= _LONGEST:
            raise RedshiftError(f"length for type character varying cannot exceed {_LONGEST}", "22023")
        return f"varchar({length})"
    if kind in {"char", "character", "nchar", "bpchar"}:
        return f"char({inner[0] if inner else 256 if kind == 'bpchar' else 1})"
    if kind in {"decimal", "numeric"}:
        precision, scale = int(inner[0]) if inner else 18, int(inner[2]) if len(inner) > 2 else 0
        if precision > 38 or scale > 37 or scale > precision:
            raise RedshiftError(f"DECIMAL({precision},{scale}) is out of range: precision 38, scale 37 at most", "22023")
        return f"numeric({precision},{scale})"
    if kind in {"timestamp", "timestamptz", "time", "timetz"}:
        if inner:
            raise unsupported(f"{kind}(p) is not supported", "type-precision")
        with_zone = reader.takes("WITH", "TIME", "ZONE")
        reader.takes("WITHOUT", "TIME", "ZONE")
        return "timestamptz" if with_zone or kind == "timestamptz" else kind
    simple = {
        "smallint",
        "int2",
        "integer",
        "int",
        "int4",
        "bigint",
        "int8",
        "real",
        "float4",
        "float",
        "float8",
        "double precision",
    }
    if kind in {*simple, "boolean", "bool", "date"} and not inner:
        return {"float": "float8"}.get(kind, kind)
    raise unknown_here(f'the type "{kind}"')


def _options(reader: Reader, design: Design) -> None:
    while reader.next is not None and reader.word != "AS":
        if reader.takes("BACKUP"):
            if reader.take().word not in {"YES", "NO"}:
                raise syntax_error(reader.next)
        elif reader.takes("DISTSTYLE"):
            style = reader.take()
            if design.style or style.word not in {"EVEN", "KEY", "ALL", "AUTO"}:
                raise syntax_error(style)
            design.style = style.text.lower()
        elif reader.takes("DISTKEY"):
            keys = reader.group()
            if len(keys) != 1 or design.dist_key:
                raise RedshiftError("multiple distkey columns are not allowed", SYNTAX)
            design.dist_key = keys[0].name
        elif reader.word in {"COMPOUND", "INTERLEAVED"}:
            design.sort_style = reader.take().text.lower()
            if reader.word != "SORTKEY":
                raise syntax_error(reader.next)
        elif reader.takes("SORTKEY"):
            if reader.takes("AUTO"):
                continue
            if design.sort_keys:
                raise RedshiftError("multiple sortkey clauses are not allowed", SYNTAX)
            design.sort_keys = [part[0].name for part in split_at_commas(reader.group())]
        elif reader.takes("ENCODE", "AUTO"):
            pass
        else:
            raise syntax_error(reader.next)


def _check(design: Design, columns: list[str] | None) -> None:
    if design.style == "key" and not design.dist_key:
        raise RedshiftError("DISTSTYLE KEY requires a DISTKEY column", SYNTAX)
    if design.dist_key and design.style not in {None, "key"}:
        raise RedshiftError(f"DISTKEY cannot be given with DISTSTYLE {(design.style or '').upper()}", SYNTAX)
    limit = 8 if design.sort_style == "interleaved" else 400
    if len(design.sort_keys) > limit:
        raise RedshiftError(f"a table takes at most {limit} sort key columns", SYNTAX)
    for key in [*design.sort_keys, *filter(None, [design.dist_key])]:
        if columns is not None and key not in columns:
            raise RedshiftError(f'column "{key}" named in key does not exist', UNDEFINED_COLUMN)


def without_database(sql: str) -> str:
    """CREATE or DROP SCHEMA "database"."schema" without the database."""
    return re.sub(r'("[^"]+"|\w+)\s*\.\s*("[^"]+"|\w+)', r"\2", sql)
