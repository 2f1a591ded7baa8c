"""The dbt project on both targets, on the same captures: what Redshift's target builds is what PostgreSQL's builds."""

import json
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from include.kofic.lake import Lake
from tests.dbt.warehouse import Reply, Row, Warehouse, daily_rows, movie_rows
from tests.redshift.loads import CAPTURED_AT, Target, captured, targets

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

LOADED_AT = datetime(2024, 7, 5, 1, 40, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def lake(s3: "S3Client") -> Lake:
    lake = Lake(s3, f"test-{uuid.uuid4().hex[:12]}")
    lake.make_bucket()
    return lake


@pytest.fixture(scope="module")
def both(template: Warehouse, redshift_port: int, lake: Lake, tmp_path_factory: pytest.TempPathFactory) -> tuple[Target, Target]:
    """The two targets, each with a database of its own."""
    names = (f"postgres_{uuid.uuid4().hex[:8]}", f"redshift_{uuid.uuid4().hex[:8]}")
    template.execute(f'create database "{names[0]}"', f'create database "{names[1]}" template redshift', database="postgres")
    return targets(template, redshift_port, names, lake, tmp_path_factory.mktemp("targets"))


@pytest.fixture(scope="module")
def built(
    both: tuple[Target, Target], lake: Lake, daily_replies: list[Reply], movie_replies: list[Reply]
) -> tuple[Target, Target]:
    """Half a year on both, from empty warehouses."""
    objects = captured(lake, "first", {"daily_box_office": daily_rows(daily_replies), **movie_rows(movie_replies)})
    for target in both:
        target.load(objects, LOADED_AT)
        # Freshness and the tests of PostgreSQL's target are tests/dbt's.
        result = target.dbt("build") if target.name == "redshift" else target.dbt("build", "--exclude", "resource_type:test")
        # The first of them is the cause; a dictionary would be shown by its keys.
        assert result.success, list(result.failures.items())[:3]
        assert result.failures == {}
    return both


def _assert_equal(both: tuple[Target, Target]) -> None:
    local, redshift = (target.analytics() for target in both)
    assert len(local["fct_daily_box_office"]) > 9000
    assert list(local) == list(redshift)
    assert {table: len(rows) for table, rows in local.items()} == {table: len(rows) for table, rows in redshift.items()}
    for table, rows in local.items():
        assert rows == redshift[table], table


def test_the_first_build_is_green_and_equals_postgresql_row_for_row(built: tuple[Target, Target]) -> None:
    _assert_equal(built)


def _later(both: Sequence[Target], lake: Lake, name: str, rows: dict[str, list[Row]], days: int) -> None:
    objects = captured(lake, name, rows, CAPTURED_AT + days * DAY)
    for target in both:
        target.load(objects, LOADED_AT + days * DAY)


def _run(both: Sequence[Target], *options: str) -> None:
    for target in both:
        result = target.dbt("run", *options)
        assert result.success, result.failures


def test_a_second_run_changes_nothing(built: tuple[Target, Target]) -> None:
    before = built[1].analytics()
    # What is no incremental model is built from nothing each time.
    _run(built[1:], "--select", "config.materialized:incremental")
    assert built[1].analytics() == before


def test_a_later_day_and_a_revised_week_and_a_corrected_film_equal_postgresql(
    built: tuple[Target, Target],
    lake: Lake,
    daily_replies: list[Reply],
    movie_replies: list[Reply],
) -> None:
    rows = daily_rows(daily_replies)
    newest = [row for row in rows if row["target_date"] == max(each["target_date"] for each in rows)]
    week = [row | {"audi_cnt": row["audi_cnt"] + 1} for row in rows if row["target_date"] >= newest[0]["target_date"] - 6 * DAY]
    a_day_later = [row | {"target_date": row["target_date"] + DAY} for row in newest]
    _later(built, lake, "later", {"daily_box_office": [*week[5:], *a_day_later]}, 1)
    films = movie_rows(movie_replies)
    code = newest[0]["movie_cd"]
    corrected = {
        "movie": [row for row in films["movie"] if row["movie_cd"] == code] or [{"movie_cd": code, "known_to_api": True}]
    }
    corrected["movie_genre"] = [{"movie_cd": code, "position": 1, "genre_nm": "사극"}]
    corrected["movie_nation"] = [{"movie_cd": code, "position": 1, "nation_nm": "프랑스"}]
    _later(built, lake, "corrected", corrected, 2)

    _run(built)

    local, redshift = built
    assert redshift.rows("select count(*) from analytics.fct_daily_box_office where target_date = '2024-07-01'") == [(50,)]
    assert ("사극",) in redshift.rows("select genre_nm from analytics.season_genre")
    _assert_equal(built)
    _run(built[1:], "--full-refresh")
    _assert_equal(built)


def test_the_catalog_is_drawn_with_every_table_and_its_columns(built: tuple[Target, Target]) -> None:
    redshift = built[1]
    assert redshift.dbt("docs", "generate", "--no-compile").success
    catalog = json.loads((redshift.postgres.work / "target" / "catalog.json").read_text())
    tables = {node["metadata"]["name"]: node for node in catalog["nodes"].values()}
    assert {"fct_daily_box_office", "dim_movie", "stg_kofic__movie"} <= tables.keys()
    fact = tables["fct_daily_box_office"]
    assert fact["columns"]["movie_nm"]["type"] == "character varying(1024)"
    assert "diststyle" not in fact["stats"], "it stands in svv_table_info, which only a superuser reads"


def test_dbt_writes_again_only_the_days_that_were_loaded(
    built: tuple[Target, Target], lake: Lake, daily_replies: list[Reply]
) -> None:
    redshift = built[1]
    written = "select ctid::text, xmin::text from analytics.fct_daily_box_office where target_date < '2024-06-24' order by 1, 2"
    day = [row for row in daily_rows(daily_replies) if str(row["target_date"]) == "2024-06-30"]
    _later(built[1:], lake, "again", {"daily_box_office": day}, 9)
    before = redshift.rows(written)
    _run(built[1:], "--select", "fct_daily_box_office")
    assert len(before) > 1000
    assert redshift.rows(written) == before
    newest = f"select count(*) from analytics.fct_daily_box_office where loaded_at >= '{LOADED_AT + 9 * DAY}'"
    assert redshift.rows(newest) == [(len(day),)]
