"""The whole daily DAG under a real scheduler, with a connection `warehouse` of type redshift: the stand-in's."""

import asyncio
import io
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from ephemeral_port_reserve import reserve
from rich.console import Console

from include.kofic import extract
from include.kofic.batch import Batch
from include.kofic.calendar import DayRange, seoul_date
from include.kofic.client import ClientSettings, KoficClient
from include.kofic.filters import DEFAULT_FILTER_SETS, FilterSet
from include.kofic.rebuild import rebuild
from include.kofic.secret import Secret
from include.kofic.tables import DAILY_BOX_OFFICE, RAW_TABLES, table_named
from include.kofic.warehouse.postgres import PostgresSettings, PostgresWarehouse
from include.kofic.warehouse.redshift import RedshiftSettings, RedshiftWarehouse
from local import demo, lifecycle, postgres
from local.lifecycle import Overrides
from local.state import Stack
from tests import servers
from tests.dbt.warehouse import Warehouse
from tests.redshift.loads import ROLE, Target
from tests.redshift.standin import catalog, server, tls
from tests.redshift.standin.copy import S3Source

STACK = "redshift"


@pytest.fixture(scope="module")
def stack(recordings: Path, identity: tls.Identity) -> Iterator[tuple[Stack, int]]:
    """The stack on the recordings, and the port at which the stand-in serves its warehouse."""
    port = reserve()
    warehouse = {"conn_type": "redshift", "port": port, "extra": {"copy_role_arn": ROLE}}
    overrides = Overrides(warehouse, {"SSL_CERT_FILE": str(identity.authority), **servers.NO_SCHEDULE})
    with lifecycle.temporary(lifecycle.start, STACK, recordings, servers.OUTPUT, overrides) as running:
        with closing(postgres.connect(running, "warehouse", "postgres")) as superuser:
            catalog.install(superuser)
        s3 = S3Source(f"http://127.0.0.1:{running.ports['s3']}", running.secrets["s3_key"], running.secrets["s3_secret"])
        with server.running(server.Settings(running.ports["postgres"], s3, identity.context, port)):
            yield running, port


@pytest.fixture(scope="module")
def redshift(stack: tuple[Stack, int], tmp_path_factory: pytest.TempPathFactory) -> Target:
    """dbt's target at the stack's stand-in; nothing is loaded through it, the DAG does that."""
    running, port = stack
    work = Warehouse.of_stack(running, tmp_path_factory.mktemp("redshift"))
    return Target("redshift", port, "warehouse", lifecycle.open_warehouse(running), work)


@pytest.fixture(scope="module")
def collected(stack: tuple[Stack, int], redshift: Target) -> None:
    """What the mornings until 28 June have left: 27 days in the lake, loaded and built, without Airflow's help."""
    running, port = stack
    asked = ClientSettings(
        Secret(running.secrets["kofic"]), f"http://127.0.0.1:{running.ports['simulator']}", calls_per_second=400
    )
    place = RedshiftSettings("127.0.0.1", port, "warehouse", "pipeline", ROLE, Secret(running.secrets["pipeline"]))
    warehouse = RedshiftWarehouse(place, lifecycle.open_lake(running))
    warehouse.ensure_tables(RAW_TABLES)

    async def capture() -> list[Batch]:
        async with KoficClient(asked) as client:
            filter_sets = [FilterSet.parse(text) for text in DEFAULT_FILTER_SETS]
            days = await extract.collect_box_office(client, DayRange(date(2024, 6, 1), date(2024, 6, 27)), filter_sets)
            charting = {str(row["movie_cd"]) for row in days.rows[DAILY_BOX_OFFICE.name]}
            return [days, await extract.collect_movies(client, sorted(charting))]

    for name, batch in zip(("days", "films"), asyncio.run(capture()), strict=True):
        for table, written in warehouse.lake.write(batch, seoul_date(datetime.now(UTC)), name).items():
            warehouse.load(table_named(table), [written])
    built = redshift.dbt("build", "--exclude", "resource_type:test", "resource_type:unit_test")
    assert built.success, built.failures


@pytest.mark.usefixtures("collected")
def test_a_run_that_overlaps_is_green_changes_no_figure_and_equals_building_everything_on_postgresql(
    stack: tuple[Stack, int], redshift: Target, on_postgresql: Target
) -> None:
    running, _ = stack
    figures = """
        select target_date, multi_movie_yn, rep_nation_cd, movie_cd, rank, sales_amt, sales_acc, audi_cnt, audi_acc
        from analytics.fct_daily_box_office where target_date <= '2024-06-27' order by 1, 2, 3, 4
    """
    before = redshift.rows(figures)
    assert len(before) == 27 * 50
    demo.collect(running, DayRange(date(2024, 6, 24), date(2024, 6, 30)), Console(file=io.StringIO(), width=160))
    assert redshift.rows(figures) == before
    assert redshift.rows("select count(*), count(distinct target_date) from analytics.fct_daily_box_office") == [(30 * 50, 30)]
    loaded = redshift.rows("select sum(rows)::bigint from rs.loaded where file_name like '%/daily_box_office/%'")
    assert loaded == [((27 + 7) * 50,)], "they came by COPY"
    revised = "select sum(rows_compared)::bigint, sum(rows_revised)::bigint from analytics.data_revision"
    assert redshift.rows(revised) == [(4 * 10, 0)], "four days were captured a second time"
    _take_over(on_postgresql, redshift)
    built = on_postgresql.dbt("build", "--exclude", "resource_type:test", "resource_type:unit_test")
    assert built.success, built.failures
    _assert_equal(on_postgresql, redshift)


@pytest.fixture(scope="module")
def on_postgresql(stack: tuple[Stack, int], redshift: Target, tmp_path_factory: pytest.TempPathFactory) -> Target:
    """dbt's target at an empty database of the same PostgreSQL, reached as PostgreSQL."""
    running, _ = stack
    work = Warehouse.of_stack(running, tmp_path_factory.mktemp("local"))
    with closing(postgres.connect(running, "postgres", "postgres")) as connection, connection.cursor() as cursor:
        cursor.execute("create database compared owner pipeline")
    place = PostgresSettings("127.0.0.1", work.port, "compared", "pipeline", Secret(work.password))
    loader = PostgresWarehouse(place, lifecycle.open_lake(running))
    return Target("local", work.port, "compared", loader, work)


def _take_over(on_postgresql: Target, redshift: Target) -> None:
    """Loads all of the lake, as of the moments at which Redshift's loads were made."""
    assert isinstance(on_postgresql.loader, PostgresWarehouse)
    rebuild(on_postgresql.loader.lake, on_postgresql.loader, lambda table, rows: None)
    moments = redshift.rows("select source_object, loaded_at::text from raw_data.load_audit")
    values = ", ".join(f"('{source}', timestamptz '{moment}')" for source, moment in moments)
    on_postgresql._execute(
        f"update raw_data.load_audit set loaded_at = m.at from (values {values}) as m (source, at) where source_object = m.source"
    )


def _assert_equal(on_postgresql: Target, redshift: Target) -> None:
    expected, found = on_postgresql.analytics(), redshift.analytics()
    assert list(expected) == list(found)
    for table, rows in expected.items():
        assert rows == found[table], table
