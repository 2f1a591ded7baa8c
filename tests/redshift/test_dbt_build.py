"""The dbt project on both targets, on the same captures: what Redshift's target builds is what PostgreSQL's builds."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from include.kofic.lake import Lake
from tests.dbt.warehouse import Reply, Warehouse, daily_rows, movie_rows
from tests.redshift.loads import Target, captured, targets

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
        assert result.success, result.complaints
        assert result.complaints == {}
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
