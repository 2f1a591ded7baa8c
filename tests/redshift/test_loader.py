"""The project's loader on Redshift's rules: what a person who loads, repeats and upgrades must be able to rely on."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from include.kofic.errors import LoadMismatch, SchemaConflict, WarehouseTrouble
from include.kofic.extract import box_office_batch
from include.kofic.lake import Lake, LakeObject
from include.kofic.tables import API_CALL, LOAD_AUDIT, RAW_TABLES
from include.kofic.warehouse.redshift import RedshiftWarehouse, create_statement
from tests.dbt.warehouse import Warehouse
from tests.redshift.loads import redshift_loader

Run = Callable[..., list[list[Any]]]
AT = datetime(2024, 7, 1, 1, 30, tzinfo=UTC)


@pytest.fixture
def warehouse(redshift_port: int, database: str, lake: Lake) -> RedshiftWarehouse:
    return redshift_loader(redshift_port, database, lake)


def calls(lake: Lake, run: str, count: int) -> LakeObject:
    """An object with so many rows of api_call."""
    batch = box_office_batch()
    batch.rows["api_call"] = [
        {"endpoint": f"e{n}", "params": "가나", "attempts": 1, "records": n, "rejected": 0, "elapsed_ms": 5, "captured_at": AT}
        for n in range(count)
    ]
    return lake.write(batch, date(2024, 7, 1), run)["api_call"]


def test_a_second_load_changes_nothing(warehouse: RedshiftWarehouse, lake: Lake, run: Run) -> None:
    objects = [calls(lake, "one", 7), calls(lake, "two", 3), calls(lake, "none", 0)]
    for _ in range(2):
        assert warehouse.load(API_CALL, objects) == 10
    assert run("select count(*), sum(records) from raw_data.api_call") == [[10, 24]]
    assert run("select sum(row_count), count(*) from raw_data.load_audit") == [[10, 3]]


def test_an_object_of_other_rows_than_its_label_says_changes_nothing(warehouse: RedshiftWarehouse, lake: Lake, run: Run) -> None:
    written = calls(lake, "one", 7)
    warehouse.load(API_CALL, [written])
    with pytest.raises(LoadMismatch, match="7 rows of the 8"):
        warehouse.load(API_CALL, [replace(written, rows=8)])
    assert run("select count(*) from raw_data.api_call") == [[7]]


def test_every_raw_table_is_made_as_its_schema_says_and_sorted_by_its_date(warehouse: RedshiftWarehouse, run: Run) -> None:
    for _ in range(2):
        warehouse.ensure_tables([*RAW_TABLES, LOAD_AUDIT])
    for table in [*RAW_TABLES, LOAD_AUDIT]:
        found = run('select "column", sortkey from pg_table_def where schemaname = %s and tablename = %s', "raw_data", table.name)
        assert [name for name, _ in found] == table.schema.names
        assert [name for name, key in found if key] in (["target_date"], ["captured_at"], ["loaded_at"])


def test_r_alter_table_an_older_table_is_widened_under_its_late_binding_view(
    warehouse: RedshiftWarehouse, lake: Lake, run: Run
) -> None:
    run("create schema raw_data")
    older = replace(API_CALL, columns=tuple(column for column in API_CALL.columns if column.name != "elapsed_ms"))
    run(create_statement(older).replace('"params" varchar(4096)', '"params" varchar(3)'))
    run("insert into raw_data.api_call (endpoint, params) values ('old', '가')")
    run("create schema staging")
    run("create view staging.v as (select endpoint, params from raw_data.api_call) with no schema binding")
    assert warehouse.load(API_CALL, [calls(lake, "run", 2)]) == 2
    assert run("select params from staging.v order by 1") == [["가"], ["가나"], ["가나"]]
    assert run("select count(elapsed_ms) from raw_data.api_call") == [[2]]


def test_r_alter_table_another_type_is_refused_with_a_way_out(warehouse: RedshiftWarehouse, run: Run) -> None:
    run("create schema raw_data")
    run(create_statement(API_CALL).replace('"attempts" bigint', '"attempts" integer'))
    with pytest.raises(SchemaConflict, match="attempts is integer.*make rebuild"):
        warehouse.ensure_tables([API_CALL])


def test_c_serial_isolation_loads_of_one_table_at_once_all_arrive(warehouse: RedshiftWarehouse, lake: Lake, run: Run) -> None:
    objects = [calls(lake, f"run-{number}", 20) for number in range(3)]
    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(lambda each: warehouse.load(API_CALL, [each]), objects)) == [20, 20, 20]
    assert run("select count(*), count(distinct source_object) from raw_data.api_call") == [[60, 3]]


def test_a_connection_that_breaks_is_made_anew(warehouse: RedshiftWarehouse, template: Warehouse) -> None:
    backends: list[int] = []

    def work() -> int:
        with warehouse._connected() as connection, connection.cursor() as cursor:
            cursor.execute("select pg_backend_pid()")
            backends.append(cursor.fetchone()[0])
            if len(backends) == 1:
                template.execute(f"select pg_terminate_backend({backends[0]})", database="postgres")
            cursor.execute("select 1")
            return int(cursor.fetchone()[0])

    assert warehouse._repeated(work) == 1
    assert len(set(backends)) == 2


def test_a_cluster_that_does_not_answer_is_told_with_its_remedy(
    warehouse: RedshiftWarehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The pauses between the tries are the library's; here they would only be waited for.
    monkeypatch.setattr("include.kofic.warehouse.redshift._LONGEST_PAUSE", 0)
    gone = replace(warehouse, settings=replace(warehouse.settings, port=1))
    with pytest.raises(WarehouseTrouble, match="refused 4 times.*Remedy"):
        gone.held_films()


def test_a_wrong_certificate_is_told_at_once(warehouse: RedshiftWarehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(Exception, match="CERTIFICATE_VERIFY_FAILED"):
        warehouse.held_films()
