"""The project's loader on Redshift's rules: what a person who loads, repeats and upgrades must be able to rely on."""

import io
import re
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow.parquet as pq
import pytest

from include.kofic.batch import box_office_batch, movie_batch
from include.kofic.calendar import midnight
from include.kofic.errors import ForeignObject, LoadMismatch, SchemaConflict, WarehouseUnavailable
from include.kofic.lake import ROW_COUNT, Lake, LakeObject
from include.kofic.rebuild import rebuild
from include.kofic.secret import Secret
from include.kofic.tables import API_CALL, DAILY_BOX_OFFICE, LOAD_AUDIT, MOVIE, RAW_TABLES, REJECTED_RECORD
from include.kofic.warehouse.postgres import PostgresSettings, PostgresWarehouse
from include.kofic.warehouse.redshift import RedshiftWarehouse, create_statement
from tests.dbt.test_captures import chart
from tests.dbt.warehouse import Warehouse
from tests.redshift.loads import redshift_loader

Run = Callable[..., list[list[Any]]]
AT = datetime(2024, 7, 1, 1, 30, tzinfo=UTC)
ON = date(2024, 7, 1)
DAY = timedelta(days=1)


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
    return lake.write(batch, ON, run)["api_call"]


def box_office(lake: Lake, *days: date) -> LakeObject:
    """One run's object of daily_box_office, with a film on each of these days."""
    batch = box_office_batch()
    batch.rows["daily_box_office"] = [{**row, "captured_at": AT} for day in days for row in chart(day, "A")]
    return lake.write(batch, ON, "run")["daily_box_office"]


def films(lake: Lake, run: str, asked: dict[str, datetime]) -> LakeObject:
    """An object of movie: the films that were asked for, each at a moment."""
    batch = movie_batch()
    batch.rows["movie"] = [{"movie_cd": code, "known_to_api": False, "captured_at": at} for code, at in asked.items()]
    return lake.write(batch, ON, run)["movie"]


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


def spans(run: Run, table: str) -> list[list[Any]]:
    """What the audit says of a table's objects, the row loaded first being first."""
    columns = "row_count, first_target_date, last_target_date"
    return run(f"select {columns} from raw_data.load_audit where table_name = %s order by loaded_at", table)


def test_the_audit_spans_the_days_of_an_object_and_those_that_it_lost(warehouse: RedshiftWarehouse, lake: Lake, run: Run) -> None:
    after: list[list[Any]] = []
    for days in ((), (10, 12), (8, 9), (11,), ()):
        warehouse.load(DAILY_BOX_OFFICE, [box_office(lake, *(date(2024, 6, day) for day in days))])
        after += spans(run, "daily_box_office")
    first, last = date(2024, 6, 8), date(2024, 6, 12)
    assert after == [[0, None, None], [2, date(2024, 6, 10), last], [2, first, last], [1, first, last], [0, first, last]]
    warehouse.load(API_CALL, [calls(lake, "run", 1)])
    assert spans(run, "api_call") == [[1, None, None]]


def test_what_is_older_than_an_objects_day_is_not_looked_at(warehouse: RedshiftWarehouse, lake: Lake, run: Run) -> None:
    day, since = date(2024, 6, 30), midnight(ON)
    written = box_office(lake, day)
    name = lake.uri(written.key)
    warehouse.ensure_tables([DAILY_BOX_OFFICE, LOAD_AUDIT])
    for moment, film, shown in ((since - timedelta(microseconds=1), "OLDER", date(2003, 11, 11)), (since, "FIRST", day - DAY)):
        run(
            "insert into raw_data.daily_box_office (movie_cd, captured_at, source_object) values (%s, %s, %s)", film, moment, name
        )
        audit = ("daily_box_office", name, 9, shown, shown, moment)
        run("insert into raw_data.load_audit values (%s, %s, %s, %s, %s, %s)", *audit)
    assert warehouse.load(DAILY_BOX_OFFICE, [written]) == 1
    assert run("select movie_cd from raw_data.daily_box_office order by 1") == [["A"], ["OLDER"]]
    assert spans(run, "daily_box_office") == [[9, date(2003, 11, 11), date(2003, 11, 11)], [1, day - DAY, day]]


def test_no_statement_of_the_loader_reads_without_a_bound_in_the_order_of_loading(
    warehouse: RedshiftWarehouse, lake: Lake, statements: list[str]
) -> None:
    warehouse.load(DAILY_BOX_OFFICE, [box_office(lake, date(2024, 6, 30))])
    warehouse.load(MOVIE, [films(lake, "run", {"A": AT})])
    warehouse.films_fetched_since(AT)
    warehouse.films_unreadable_since(AT)
    reading = [sql for sql in statements if sql.startswith(("select", "delete")) and "raw_data" in sql]
    assert len(reading) == 2 * len(("delete", "count", "audited", "delete audited")) + 2
    assert [sql for sql in reading if not re.search(r'where "?(captured_at|loaded_at)"? >= \?( and|  ?group|$)', sql)] == []


def test_an_object_that_is_none_of_the_lakes_is_told_and_changes_nothing(
    warehouse: RedshiftWarehouse, lake: Lake, run: Run
) -> None:
    written = calls(lake, "run", 2)
    warehouse.load(API_CALL, [written])
    with pytest.raises(ForeignObject, match="'raw/api_call/mine.parquet'.*Remedy"):
        warehouse.load(API_CALL, [written, replace(written, key="raw/api_call/mine.parquet")])
    assert run("select count(*) from raw_data.api_call") == [[2]]


def test_films_asked_for_before_a_moment_are_left_out(warehouse: RedshiftWarehouse, lake: Lake) -> None:
    assert warehouse.films_fetched_since(AT) == {}
    hour = timedelta(hours=1)
    warehouse.load(
        MOVIE, [films(lake, "run", {"OLD": AT - hour, "NOW": AT, "AGAIN": AT}), films(lake, "next", {"AGAIN": AT + hour})]
    )
    assert warehouse.films_fetched_since(AT) == {"NOW": AT, "AGAIN": AT + hour}


GENERATIONS = ((), ("elapsed_ms",), ("attempts", "elapsed_ms"))
"""The columns of api_call that an object lacks which was written before they were."""


def test_objects_of_three_generations_rebuild_both_warehouses_to_equal_tables(
    warehouse: RedshiftWarehouse, lake: Lake, run: Run, template: Warehouse
) -> None:
    for number, lacking in enumerate(GENERATIONS):
        for name in ("one", "two"):
            _older(lake, calls(lake, f"{name}-{number}", 2 + number), lacking)
    name = f"generations_{uuid.uuid4().hex[:8]}"
    template.execute(f'create database "{name}"', database="postgres")
    postgres = PostgresWarehouse(PostgresSettings("127.0.0.1", template.port, name, "warehouse", Secret("")), lake)
    for each in (warehouse, postgres):
        rebuild(lake, each, lambda table, rows: None)
    query = f"select {', '.join(API_CALL.schema.names)} from raw_data.api_call order by source_object, records"
    rows = run(query)
    assert len(rows) == 2 * (2 + 3 + 4)
    assert run("select count(attempts), count(elapsed_ms), count(captured_at) from raw_data.api_call") == [[10, 4, 18]]
    with template._connect(name) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        assert [list(row) for row in cursor.fetchall()] == rows


def _older(lake: Lake, written: LakeObject, lacking: Sequence[str]) -> None:
    """The object as an older version wrote it."""
    sink = io.BytesIO()
    pq.write_table(lake.read(written).drop_columns(list(lacking)), sink)
    lake.client.put_object(Bucket=lake.bucket, Key=written.key, Body=sink.getvalue(), Metadata={ROW_COUNT: str(written.rows)})


def test_films_of_unreadable_replies_are_told_with_each_moment(warehouse: RedshiftWarehouse, lake: Lake) -> None:
    assert warehouse.films_unreadable_since(AT) == {}
    batch = movie_batch()
    reply = {"table_name": "movie", "params": '{"movieCd": "ODD"}', "position": 0, "part": 1}
    batch.rows["rejected_record"] = [
        *({**reply, "captured_at": AT + n * timedelta(hours=1)} for n in (1, 0, -1)),
        {**reply, "captured_at": AT, "position": 1, "field": "showTm"},
    ]
    written = lake.write(batch, ON, "run")["rejected_record"]
    warehouse.load(REJECTED_RECORD, [written])
    assert warehouse.films_unreadable_since(AT) == {"ODD": [AT, AT + timedelta(hours=1)]}
    assert warehouse.films_unreadable_since(AT, excluding=lake.uri(written.key)) == {}
    assert warehouse.films_fetched_since(AT, excluding=lake.uri(written.key)) == {}


def test_a_rebuild_of_old_captures_may_be_repeated(warehouse: RedshiftWarehouse, lake: Lake, run: Run) -> None:
    for day in (1, 2):
        lake.write(box_office_batch(), date(2024, 7, day), "empty")
    calls(lake, "run", 5)
    for _ in range(2):
        rebuild(lake, warehouse, lambda table, rows: None)
        assert run("select count(*) from raw_data.api_call") == [[5]]
        assert run("select count(*), sum(row_count), count(distinct source_object) from raw_data.load_audit") == [[9, 5, 9]]


def test_every_raw_table_is_made_as_its_schema_says_and_sorted_by_its_date(warehouse: RedshiftWarehouse, run: Run) -> None:
    for _ in range(2):
        warehouse.ensure_tables([*RAW_TABLES, LOAD_AUDIT])
    run("set search_path to raw_data")
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
        with warehouse._transaction() as cursor:
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
    with pytest.raises(WarehouseUnavailable, match="refused 4 times.*Remedy"):
        gone.films_fetched_since(AT)


def test_a_wrong_certificate_is_told_at_once(warehouse: RedshiftWarehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(Exception, match="CERTIFICATE_VERIFY_FAILED"):
        warehouse.films_fetched_since(AT)
