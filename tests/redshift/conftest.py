"""The stand-in before a scratch PostgreSQL, with an S3 server for COPY; all on loopback."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import redshift_connector

from include.kofic.lake import Lake
from local import postgres
from local.state import Stack
from tests import servers
from tests.dbt.conftest import daily_replies, movie_replies  # noqa: F401
from tests.dbt.warehouse import Warehouse
from tests.redshift.standin import catalog, tls
from tests.redshift.standin import server as standin
from tests.redshift.standin.copy import S3Source

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

Connect = Callable[..., redshift_connector.Connection]


@pytest.fixture(scope="session", autouse=True)
def _named_connections() -> Iterator[None]:
    """The connector looks through the whole stack for a name of its caller, unless it is given one: a third of dbt's time here.

    dbt opens a connection per node, and has no setting for the name.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(redshift_connector, "connect", partial(redshift_connector.connect, application_name="tests"))
        yield


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What this process sends through the connector from now on, in order."""
    sent: list[str] = []
    execute = redshift_connector.Cursor.execute

    def recorded(self: redshift_connector.Cursor, sql: str, *rest: Any) -> Any:
        sent.append(sql)
        return execute(self, sql, *rest)

    monkeypatch.setattr(redshift_connector.Cursor, "execute", recorded)
    return sent


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """PostgreSQL and an S3 server."""
    with servers.scratch("s3") as started:
        yield started


@pytest.fixture(scope="session")
def s3_source(stack: Stack) -> S3Source:
    """The S3 server, as the stand-in reads it."""
    return S3Source(f"http://127.0.0.1:{stack.ports['s3']}", stack.secrets["s3_key"], stack.secrets["s3_secret"])


@pytest.fixture(scope="session")
def s3(s3_source: S3Source) -> "S3Client":
    """A client of the S3 server."""
    return s3_source.client()


@pytest.fixture
def lake(s3: "S3Client") -> Lake:
    """A bucket of the test's own."""
    lake = Lake(s3, f"test-{uuid.uuid4().hex[:12]}")
    lake.make_bucket()
    return lake


@pytest.fixture(scope="session")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tls.Identity]:
    """The stand-in's certificate, trusted by this process while the tests run."""
    made = tls.identity(tmp_path_factory.mktemp("tls"))
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SSL_CERT_FILE", str(made.authority))
        yield made


@pytest.fixture(scope="session")
def redshift_port(stack: Stack, s3_source: S3Source, identity: tls.Identity) -> Iterator[int]:
    """The stand-in's port."""
    with standin.running(standin.Settings(stack.ports["postgres"], s3_source, identity.context)) as port:
        yield port


@pytest.fixture(scope="session")
def template(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """The server's database with what Redshift has and PostgreSQL lacks, to copy databases from."""
    warehouse = Warehouse(stack.ports["postgres"], tmp_path_factory.mktemp("dbt"))
    with closing(postgres.connect(stack, "warehouse", "postgres")) as superuser:
        catalog.install(superuser)
    warehouse.save_as("redshift")
    return warehouse


@pytest.fixture
def database(template: Warehouse) -> str:
    """A database of the test's own."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    template.execute(f'create database "{name}" template redshift', database="postgres")
    return name


@pytest.fixture
def connect(redshift_port: int, database: str) -> Iterator[Connect]:
    """Connects to the test's database as production does."""
    made: list[redshift_connector.Connection] = []

    def connected(**overrides: Any) -> redshift_connector.Connection:
        settings = {"host": "127.0.0.1", "port": redshift_port, "database": database, "user": "warehouse", "password": "any"}
        connection = redshift_connector.connect(**{**settings, "sslmode": "verify-full", **overrides})
        made.append(connection)
        return connection

    yield connected
    for connection in made:
        connection.close()


@pytest.fixture
def run(connect: Connect) -> Callable[..., list[list[Any]]]:
    """Runs a statement that commits by itself, and returns its rows."""
    connection = connect()
    connection.autocommit = True

    def execute(sql: str, *values: Any) -> list[list[Any]]:
        with connection.cursor() as cursor:
            cursor.execute(sql, values or None)
            return [list(row) for row in cursor.fetchall()] if cursor.description else []

    return execute
