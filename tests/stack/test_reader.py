"""The roles of the dashboards and of `make sql`: they read what is theirs, and can do nothing else, whatever they try."""

from contextlib import closing

import psycopg2
import pytest

from local import postgres
from local.postgres import ANALYST, READER

pytestmark = pytest.mark.usefixtures("layers")

LAYERS = ("raw_data", "staging", "analytics")
READS = {READER: ("analytics",), ANALYST: LAYERS}
REFUSED = (psycopg2.errors.InsufficientPrivilege, psycopg2.errors.ReadOnlySqlTransaction)


@pytest.fixture(params=READS)
def role(request):
    """A role that reads."""
    return request.param


@pytest.fixture
def reader(stack, role):
    """A cursor of the role, which may also try to leave its read-only default."""
    with closing(postgres.connect(stack, "warehouse", role)) as connection, connection.cursor() as cursor:
        yield cursor


@pytest.fixture
def layers(stack):
    """A table or view in each layer, made as the pipeline makes them, in place of an older one."""
    with closing(postgres.connect(stack, "warehouse", "pipeline")) as connection, connection.cursor() as cursor:
        for schema in LAYERS:
            cursor.execute(f"create schema if not exists {schema}")
            cursor.execute(f"create table {schema}.reader_probe__new as select 'seen' as word")
            cursor.execute(f"alter table {schema}.reader_probe__new rename to reader_probe")
            cursor.execute(f"create view {schema}.reader_view as select word from {schema}.reader_probe")
        yield
        for schema in LAYERS:
            cursor.execute(f"drop table {schema}.reader_probe cascade")


def test_it_reads_what_was_made_just_now(reader, role):
    for schema in READS[role]:
        for relation in ("reader_probe", "reader_view"):
            reader.execute(f"select word from {schema}.{relation}")
            assert reader.fetchall() == [("seen",)]


@pytest.mark.parametrize("schema", ["raw_data", "staging"])
def test_the_dashboards_read_no_other_layer(query, schema):
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        query(f"select * from {schema}.reader_probe", user=READER)


@pytest.mark.parametrize(
    "statement",
    [
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
        "alter role current_user superuser",
        "set role pipeline",
        "set session authorization pipeline",
        "copy analytics.reader_probe to '/tmp/reader_probe'",
        "copy (select 1) to program 'id'",
        "select pg_read_file('PG_VERSION')",
        "select rolpassword from pg_authid",
        "select lo_import('/etc/passwd')",
        "select lo_create(0)",
        "select lo_from_bytea(0, 'x')",
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
def test_it_enters_no_other_database(stack, role, database):
    with pytest.raises(psycopg2.OperationalError, match="permission denied for database"):
        postgres.connect(stack, database, role)


def test_it_owns_nothing_and_belongs_to_no_other_role(query, role):
    """As it is: no membership, no attribute, and rights on its layers alone."""
    assert query(
        f"select rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls from pg_roles where rolname = '{role}'"
    ) == [(False,) * 5]
    assert query(f"select count(*) from pg_auth_members where member = '{role}'::regrole") == [(0,)]
    assert query(
        "select array_agg(nspname::text order by nspname::text) from pg_namespace where nspname !~ '^pg_' "
        f"and nspname <> 'information_schema' and has_schema_privilege('{role}', oid, 'usage')"
    ) == [(sorted(READS[role]),)]


def test_the_analyst_reads_a_layer_that_was_made_anew(stack, query):
    with closing(postgres.connect(stack, "warehouse", "pipeline")) as owner, owner.cursor() as cursor:
        cursor.execute("create schema made_anew; create table made_anew.probe as select 'seen' as word")
        try:
            assert query("select word from made_anew.probe", user=ANALYST) == [("seen",)]
        finally:
            cursor.execute("drop schema made_anew cascade")


def test_a_data_folder_from_before_the_analyst_gets_it_with_the_tables_that_are_there(stack, query):
    with closing(postgres.connect(stack, "warehouse", "postgres")) as owner, owner.cursor() as cursor:
        cursor.execute(f"drop owned by {ANALYST}")
    with closing(postgres.connect(stack, "postgres", "postgres")) as owner, owner.cursor() as cursor:
        cursor.execute(f"drop owned by {ANALYST}")
        cursor.execute(f"drop role {ANALYST}")
    postgres.make_databases(stack)
    assert query("select word from raw_data.reader_probe", user=ANALYST) == [("seen",)]
