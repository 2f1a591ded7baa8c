"""What each kind of statement becomes: one for PostgreSQL, or work that the session does itself."""

import re
from dataclasses import dataclass
from typing import Protocol

from tests.redshift.dialect import rules
from tests.redshift.standin import copy, ddl
from tests.redshift.standin.errors import ACTIVE_TRANSACTION, RedshiftError, unknown_here, unsupported
from tests.redshift.standin.expressions import query
from tests.redshift.standin.lexer import Reader, identifier, literal, tokens


class Backend(Protocol):
    """What a statement that is not one for PostgreSQL may do there."""

    @property
    def in_transaction(self) -> bool: ...

    def run(self, sql: str) -> list[list[str | None]]:
        """The rows of a statement, as texts."""
        ...

    def copy_in(self, sql: str, data: bytes) -> None:
        """COPY FROM STDIN of this data."""
        ...

    def say(self, words: str) -> None:
        """A notice to the client."""
        ...

    @property
    def s3(self) -> copy.S3Source: ...


@dataclass(frozen=True)
class Passed:
    """A statement for PostgreSQL; `tag` replaces what PostgreSQL calls it when it is done."""

    sql: str
    tag: str | None = None


class Done(Protocol):
    """A statement that the session does itself; returns its tag."""

    def __call__(self, backend: Backend) -> str: ...


_QUERIES = {"SELECT", "WITH", "INSERT", "UPDATE", "DELETE", "MERGE"}
_TRANSACTIONS = {"BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT"}
_AS_IT_IS = {"DROP", "COMMENT", "GRANT", "REVOKE", "LOCK", "SHOW", "DEALLOCATE", "CLOSE", "FETCH", "DECLARE", "USE"}
_OF_REDSHIFT_ALONE = rules.words(
    "query_group enable_result_cache_for_session enable_case_sensitive_identifier wlm_query_slot_count"
)
_SETTINGS = _OF_REDSHIFT_ALONE | rules.words(
    "statement_timeout timezone search_path client_encoding extra_float_digits application_name datestyle"
)


def translated(sql: str) -> Passed | Done:
    """What a statement becomes.

    Raises:
        RedshiftError: Redshift refuses it, or the stand-in does not know it.
    """
    found = tokens(sql)
    while found and found[-1].text == ";":
        sql = sql[: found.pop().start]
    if not found:
        return Passed("")
    first = found[0].word
    words = [token.word for token in found[:6]]
    if first in _QUERIES or found[0].text == "(":
        return Passed(query(sql))
    if first == "EXPLAIN":
        return Passed("explain " + query(sql[found[1].start :]))
    if first in _TRANSACTIONS:
        if words[:2] == ["ROLLBACK", "TO"]:
            raise unsupported("ROLLBACK TO SAVEPOINT is not supported", "c_unsupported-postgresql-functions")
        return Passed(sql)
    if first == "COPY":
        return Copied(copy.parsed(sql))
    if first == "CREATE":
        return _create(sql, words)
    if first == "ALTER" and words[1] == "TABLE":
        return _alter(sql)
    if first == "TRUNCATE":
        return _truncate(sql)
    if first in {"VACUUM", "ANALYZE"}:
        return _maintain(first, sql)
    if first in {"SET", "RESET"}:
        return _setting(sql, first)
    if first in _AS_IT_IS:
        return Passed(ddl.without_database(sql) if words[:2] == ["DROP", "SCHEMA"] else sql)
    if first == "SAVEPOINT":
        raise unsupported("SAVEPOINT is not supported", "c_unsupported-postgresql-features")
    raise unknown_here(f"the statement {first or found[0].text}")


def _create(sql: str, words: list[str]) -> Passed:
    if "TABLE" in words[1:4]:
        return Passed(ddl.create_table(sql), "CREATE TABLE")
    if "VIEW" in words[1:4] and "MATERIALIZED" not in words:
        return Passed(ddl.create_view(sql), "CREATE VIEW")
    if "SCHEMA" in words[1:3]:
        return Passed(ddl.without_database(sql))
    if "INDEX" in words[1:3]:
        raise unsupported('SQL command "CREATE INDEX" not supported on Redshift tables.', "c_unsupported-postgresql-features")
    for refused in ("SEQUENCE", "TRIGGER", "EXTENSION", "DOMAIN", "TYPE", "RULE", "TABLESPACE"):
        if refused in words[1:3]:
            raise unsupported(f"CREATE {refused} is not supported", "c_unsupported-postgresql-features")
    raise unknown_here("CREATE " + " ".join(words[1:3]))


_WIDTH = re.compile(r"(?:varchar|character varying)\s*\(\s*(\d+)\s*\)", re.IGNORECASE)


def _alter(sql: str) -> Passed | Done:
    reader = Reader(tokens(sql))
    reader.expect("ALTER", "TABLE")
    parts = reader.qualified_name()
    name = ddl.relation(parts)
    if reader.takes("ADD", "COLUMN") or (reader.word == "ADD" and not _adds_constraint(sql) and reader.takes("ADD")):
        column = ddl.add_column(reader)
        lines = f"execute {literal(f'alter table {name} add column {column}')}; perform rs.recount({literal(name)}::regclass);"
        return Passed(f"do $standin$ begin {lines} end $standin$", "ALTER TABLE")
    if reader.takes("ADD"):
        # Informational; nothing holds it (guide: t_Defining_constraints).
        return Passed("select 1 where false", "ALTER TABLE")
    if reader.takes("RENAME", "TO"):
        renamed = reader.take().name
        reader.end()
        return Passed(f"alter table {name} rename to {identifier(renamed)}")
    if reader.takes("DROP", "COLUMN") or reader.takes("OWNER", "TO") or reader.takes("RENAME", "COLUMN"):
        return Passed(sql)
    if reader.takes("APPEND"):
        raise unknown_here("ALTER TABLE APPEND")
    if reader.takes("ALTER", "COLUMN"):
        column_name = reader.take().name
        reader.expect("TYPE")
        match = _WIDTH.fullmatch(sql[reader.next.start :].strip()) if reader.next else None
        if match is None:
            raise RedshiftError(
                f'cannot alter type of column "{column_name}": only the length of a VARCHAR can be changed', "0A000"
            )
        return Widened(name, column_name, int(match[1]))
    if reader.takes("ALTER", "DISTSTYLE") or reader.takes("ALTER", "SORTKEY") or reader.takes("ALTER", "ENCODE"):
        return Passed("select 1 where false", "ALTER TABLE")
    raise unknown_here("ALTER TABLE " + (reader.word or "nothing"))


def _adds_constraint(sql: str) -> bool:
    return re.search(r"\badd\s+(constraint|primary|unique|foreign)\b", sql, re.IGNORECASE) is not None


@dataclass(frozen=True)
class Widened:
    """ALTER COLUMN TYPE: not inside a transaction block (guide: r_ALTER_TABLE), and never narrower than what is there."""

    table: str
    column: str
    width: int

    def __call__(self, backend: Backend) -> str:
        if backend.in_transaction:
            raise RedshiftError("ALTER TABLE ALTER COLUMN cannot run inside a transaction block", ACTIVE_TRANSACTION)
        if self.width > 65_535:
            raise RedshiftError("length for type character varying cannot exceed 65535", "22023")
        longest = backend.run(f"select max(octet_length({identifier(self.column)})) from {self.table}")[0][0]
        if longest is not None and int(longest) > self.width:
            raise RedshiftError(f'target column size should be at least the length of the data in "{self.column}" ({longest})')
        backend.run(
            f"alter table {self.table} alter column {identifier(self.column)} type varchar({self.width}); "
            f"select rs.recount({literal(self.table)})"
        )
        return "ALTER TABLE"


def _truncate(sql: str) -> Done:
    reader = Reader(tokens(sql))
    reader.expect("TRUNCATE")
    reader.takes("TABLE")
    table = ddl.relation(reader.qualified_name())
    reader.end()

    def truncate(backend: Backend) -> str:
        backend.run(f"truncate {table}")
        if backend.in_transaction:
            # It commits the transaction in which it runs (guide: r_TRUNCATE).
            backend.run("commit")
        return "TRUNCATE TABLE"

    return truncate


def _maintain(first: str, sql: str) -> Done:
    reader = Reader(tokens(sql))
    reader.take()
    while reader.takes("FULL") or reader.takes("SORT", "ONLY") or reader.takes("DELETE", "ONLY") or reader.takes("REINDEX"):
        pass
    table = ddl.relation(reader.qualified_name()) if reader.next else ""

    def maintain(backend: Backend) -> str:
        if first == "VACUUM" and backend.in_transaction:
            raise RedshiftError("VACUUM cannot run inside a transaction block", ACTIVE_TRANSACTION)
        backend.run(f"{first.lower()} {table}")
        return first

    return maintain


def _setting(sql: str, first: str) -> Passed:
    found = tokens(sql)
    names = [token.name for token in found[1:3] if token.word not in {"SESSION", "LOCAL"}]
    if found[1].word in {"TRANSACTION", "SESSION"}:
        return Passed(sql)
    if names[0] not in _SETTINGS:
        raise unknown_here(f"the setting {names[0]}")
    if names[0] in _OF_REDSHIFT_ALONE:
        return Passed("select 1 where false", first)
    return Passed(sql)


@dataclass(frozen=True)
class Copied:
    """COPY of Parquet files, all or none of them."""

    copy: copy.Copy

    def __call__(self, backend: Backend) -> str:
        name = ddl.relation(self.copy.table)
        described = backend.run(
            "select attname, format_type(atttypid, atttypmod), attnotnull, atthasdef from pg_attribute "
            f"where attrelid = {literal(name)}::regclass and attnum > 0 and not attisdropped order by attnum"
        )
        table = [copy.Column(str(row[0]), str(row[1]), row[2] == "t", row[3] == "t") for row in described]
        columns = copy.target(self.copy, table)
        fill = "FILLRECORD" in self.copy.options
        read = [(file, copy.fitted(file, columns, fill)) for file in copy.files(self.copy, backend.s3)]
        listed = ", ".join(identifier(column.name) for column in columns)
        whole_transaction = not backend.in_transaction
        if whole_transaction:
            backend.run("begin")
        try:
            for file, rows in read:
                backend.copy_in(f"copy {name} ({listed}) from stdin (format csv)", copy.as_csv(rows))
                backend.run(f"insert into rs.loaded (file_name, rows) values ({literal(file.uri)}, {rows.num_rows})")
        except RedshiftError:
            if whole_transaction:
                backend.run("rollback")
            raise
        if whole_transaction:
            backend.run("commit")
        loaded = sum(rows.num_rows for _, rows in read)
        backend.say(f"Load into table '{self.copy.table[-1]}' completed, {loaded} record(s) loaded successfully.")
        return "COPY"
