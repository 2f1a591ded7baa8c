"""The role of the dashboards: it reads the marts, and nothing else, whatever it tries."""

from contextlib import closing

import psycopg2
import pytest

from local import postgres
from local.postgres import READER

pytestmark = pytest.mark.usefixtures("layers")

REFUSED = (psycopg2.errors.InsufficientPrivilege, psycopg2.errors.ReadOnlySqlTransaction)


@pytest.fixture
def reader(stack):
    """A cursor of the reader, which may also try to leave its read-only default."""
    with closing(postgres.connect(stack, "warehouse", READER)) as connection, connection.cursor() as cursor:
        yield cursor


@pytest.fixture
def layers(stack):
    """A table or view in each layer, made as the pipeline makes them."""
    with closing(postgres.connect(stack, "warehouse", "pipeline")) as connection, connection.cursor() as cursor:
        for schema in ("raw_data", "staging", "analytics"):
            cursor.execute(f"create schema if not exists {schema}")
            cursor.execute(f"create table if not exists {schema}.reader_probe as select 'seen' as word")
        yield
        for schema in ("raw_data", "staging", "analytics"):
            cursor.execute(f"drop table {schema}.reader_probe")


def test_it_reads_a_mart_that_was_made_just_now(reader):
    reader.execute("select word from analytics.reader_probe")
    assert reader.fetchall() == [("seen",)]


@pytest.mark.parametrize(
    "statement",
    [
        "select * from raw_data.reader_probe",
        "select * from staging.reader_probe",
        "insert into analytics.reader_probe values ('x')",
        "update analytics.reader_probe set word = 'x'",
        "delete from analytics.reader_probe",
        "truncate analytics.reader_probe",
        "drop table analytics.reader_probe",
        "alter table analytics.reader_probe add column x int",
        "create table analytics.mine (x int)",
        "create table public.mine (x int)",
        "create temporary table mine (x int)",
        "create schema mine",
        "create function analytics.mine() returns int language sql as 'select 1'",
        "alter role dashboards superuser",
        "set role pipeline",
        "set session authorization pipeline",
        "copy analytics.reader_probe to '/tmp/reader_probe'",
        "copy (select 1) to program 'id'",
        "select pg_read_file('PG_VERSION')",
        "select rolpassword from pg_authid",
        "select lo_import('/etc/passwd')",
        "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'pipeline'",
    ],
)
def test_it_can_do_nothing_else(reader, statement):
    reader.execute("set default_transaction_read_only = off")
    with pytest.raises(REFUSED):
        reader.execute(statement)


def test_it_writes_nothing_by_default(reader):
    with pytest.raises(psycopg2.errors.ReadOnlySqlTransaction):
        reader.execute("create table analytics.mine (x int)")


@pytest.mark.parametrize("database", ["airflow", "superset", "postgres", "template1"])
def test_it_enters_no_other_database(stack, database):
    with pytest.raises(psycopg2.OperationalError, match="permission denied for database"):
        postgres.connect(stack, database, READER)


def test_it_owns_nothing_and_belongs_to_no_other_role(query):
    """As it is: no membership, no attribute, and rights on the schema analytics alone."""
    assert query(
        f"select rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls from pg_roles where rolname = '{READER}'"
    ) == [(False,) * 5]
    assert query(f"select count(*) from pg_auth_members where member = '{READER}'::regrole") == [(0,)]
    assert query(
        "select nspname from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema' "
        f"and has_schema_privilege('{READER}', oid, 'usage') order by 1"
    ) == [("analytics",)]
