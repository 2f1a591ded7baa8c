"""A scratch PostgreSQL, and databases in it to start from."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import servers
from tests.dbt.warehouse import DbtRun, Reply, Warehouse, daily_rows, movie_rows, recorded_replies


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """The server's working database, with the empty raw tables kept as `empty`."""
    with servers.scratch() as stack:
        warehouse = Warehouse(stack.ports["postgres"], tmp_path_factory.mktemp("dbt"))
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
    assert result.success, result.failures
    server.save_as("built_on_nothing")
    return "built_on_nothing"


@pytest.fixture
def recorded(server: Warehouse, first_build: DbtRun) -> Warehouse:
    """A warehouse in which the recorded half year was built."""
    assert first_build.success, first_build.failures
    server.start_from("recorded")
    return server


@pytest.fixture
def empty(server: Warehouse) -> Warehouse:
    """A warehouse with empty raw tables, in which nothing was built."""
    server.start_from("empty")
    return server
