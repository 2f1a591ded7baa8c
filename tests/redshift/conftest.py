"""The stand-in before a PostgreSQL of the tests' own, with an S3 server where COPY needs one; all on loopback."""

import shutil
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg2
import pytest
import redshift_connector
from botocore.exceptions import BotoCoreError, ClientError
from ephemeral_port_reserve import reserve

from include.kofic.lake import Lake
from local import waiting
from tests.dbt.conftest import daily_replies, movie_replies, postgres_port  # noqa: F401
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


@pytest.fixture(scope="session")
def s3_source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Source]:
    """SeaweedFS on a free port."""
    home = tmp_path_factory.mktemp("s3")
    port, ports = reserve(), {name: reserve() for name in ("master", "filer", "volume", "admin")}
    options = {"dir": str(home), "ip": "127.0.0.1", "ip.bind": "127.0.0.1", "admin.ui": "false", "webdav": "false"}
    options |= {"master.telemetry": "false", "s3.port.iceberg": "0", "s3.port.lance": "0", "s3.port": str(port)}
    options |= {"s3.port.grpc": str(reserve())} | {f"{name}.port": str(each) for name, each in ports.items()}
    options |= {f"{name}.port.grpc": str(reserve()) for name in ports}
    options |= {f"{name}.localSocket": str(home / f"{name}.sock") for name in ("s3", "filer")}
    weed = shutil.which("weed", path=Path(sys.executable).parent)
    assert weed
    log = (home / "log").open("w")
    process = subprocess.Popen([weed, "mini", *(f"-{name}={value}" for name, value in options.items())], stdout=log, stderr=log)
    source = S3Source(f"http://127.0.0.1:{port}", "any", "any")
    try:
        waiting.until(lambda: _answers(source, process), waiting.STARTED, lambda: "the S3 server does not answer")
        yield source
    finally:
        process.terminate()
        process.wait(waiting.STOPPED)


def _answers(source: S3Source, process: "subprocess.Popen[bytes]") -> bool:
    assert process.poll() is None, "the S3 server died"
    try:
        source.client().create_bucket(Bucket="ready")
    except (BotoCoreError, ClientError):
        return False
    return True


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
def redshift_port(postgres_port: int, s3_source: S3Source, identity: tls.Identity) -> Iterator[int]:
    """The stand-in's port."""
    with standin.running(standin.Settings(postgres_port, s3_source, identity.context)) as port:
        yield port


@pytest.fixture(scope="session")
def template(postgres_port: int, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """The server's database with what Redshift has and PostgreSQL lacks, to copy databases from."""
    warehouse = Warehouse(postgres_port, tmp_path_factory.mktemp("dbt"))
    warehouse.execute("create database warehouse", database="postgres")
    with closing(psycopg2.connect(host="127.0.0.1", port=postgres_port, dbname="warehouse", user="warehouse")) as superuser:
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

    def connected(**differing: Any) -> redshift_connector.Connection:
        settings = {"host": "127.0.0.1", "port": redshift_port, "database": database, "user": "warehouse", "password": "any"}
        connection = redshift_connector.connect(**{**settings, "sslmode": "verify-full", **differing})
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
