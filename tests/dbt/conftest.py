"""A scratch PostgreSQL, and databases in it to start from."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from include.kofic.tables import LOAD_AUDIT, RAW_TABLES
from tests import servers
from tests.dbt.recorded import FilmDays, entries
from tests.dbt.warehouse import LOADED_AT, RECORDED_AT, DbtRun, Reply, Warehouse, daily_rows, movie_rows, recorded_replies
from tests.plain.world import World


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


@pytest.fixture(scope="session")
def film_days(daily_replies: list[Reply]) -> FilmDays:
    """Sales and admissions of each day and film, a film on several lists once."""
    return {
        (date.fromisoformat(f"{day[:4]}-{day[4:6]}-{day[6:]}"), film["movieCd"]): (int(film["salesAmt"]), int(film["audiCnt"]))
        for day, _, film in entries(daily_replies)
    }


@pytest.fixture(scope="session")
def world(daily_replies: list[Reply], movie_replies: list[Reply]) -> World:
    """The same replies, as plain Python counts them."""
    captured = {"captured_at": RECORDED_AT, "source_object": "recorded"}
    replies = {"daily_box_office": daily_rows(daily_replies), **movie_rows(movie_replies)}
    raw = {table.name: [row | captured for row in replies.get(table.name, [])] for table in RAW_TABLES}
    return World(raw | {LOAD_AUDIT.name: [{"loaded_at": LOADED_AT}]})


@pytest.fixture(scope="session")
def films(movie_replies: list[Reply]) -> dict[str, dict[str, Any]]:
    """The recorded master data by film."""
    return {reply["params"]["movieCd"]: reply["body"]["movieInfoResult"]["movieInfo"] for reply in movie_replies}


@pytest.fixture(scope="session")
def foreign(daily_replies: list[Reply], films: dict[str, dict[str, Any]]) -> set[str]:
    """The films on the foreign list, and those on neither whose first nation is another than Korea."""
    nations = {film["movieCd"]: nation for _, (_, nation), film in entries(daily_replies) if nation in ("K", "F")}
    first = {code: film["nations"][0]["nationNm"] for code, film in films.items() if film["nations"]}
    return {code for code in nations.keys() | first.keys() if nations.get(code, "K" if first.get(code) == "한국" else "F") == "F"}
