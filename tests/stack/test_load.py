"""Loading on a real PostgreSQL from a real S3 server: nothing lost, nothing doubled, whatever is repeated or killed."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import uuid
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from botocore.exceptions import ClientError

from include.kofic.batch import box_office_batch, movie_batch
from include.kofic.columns import text
from include.kofic.errors import LoadMismatch, SchemaConflict
from include.kofic.lake import conform, object_key
from include.kofic.rebuild import rebuild
from include.kofic.tables import API_CALL, DAILY_BOX_OFFICE, LOAD_AUDIT, MOVIE, RAW_TABLES, REJECTED_RECORD, Column
from include.kofic.warehouse.postgres import PostgresWarehouse
from local import lifecycle, postgres, waiting
from local.state import ROOT
from tests.dbt.test_captures import chart

AT = datetime(2024, 7, 1, 1, 30, tzinfo=UTC)
ON = date(2024, 7, 1)


@pytest.fixture
def lake(stack):
    """A bucket of the test's own."""
    lake = replace(lifecycle.open_lake(stack), bucket=f"test-{uuid.uuid4().hex[:12]}")
    lake.make_bucket()
    return lake


@pytest.fixture
def database(stack):
    """A database of the test's own."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    with closing(postgres.connect(stack, "postgres", "postgres")) as connection, connection.cursor() as cursor:
        cursor.execute(f"create database {name} owner pipeline")
    return name


@pytest.fixture
def warehouse(stack, lake, database):
    return PostgresWarehouse(replace(lifecycle.open_warehouse(stack).settings, database=database), lake)


@pytest.fixture
def rows_of(query, database):
    return lambda text: query(text, database)


def _calls(count, endpoint="e"):
    batch = box_office_batch()
    batch.rows["api_call"] = [
        {"endpoint": endpoint, "params": f"{n}", "attempts": 1, "records": n, "rejected": 0, "elapsed_ms": 5, "captured_at": AT}
        for n in range(count)
    ]
    return batch


def test_a_second_load_of_the_same_object_changes_nothing(lake, warehouse, rows_of):
    written = lake.write(_calls(7), ON, "run")
    for _ in range(3):
        assert warehouse.load(API_CALL, [written["api_call"]]) == 7
    assert rows_of("select count(*), sum(records) from raw_data.api_call") == [(7, 21)]
    assert rows_of("select table_name, row_count from raw_data.load_audit") == [("api_call", 7)]


def test_two_captures_stand_beside_each_other(lake, warehouse, rows_of):
    for name in ("first", "second"):
        warehouse.load(API_CALL, [lake.write(_calls(3), ON, name)["api_call"]])
    assert rows_of("select source_object, count(*) from raw_data.api_call group by 1 order by 1") == [
        (lake.uri(object_key(API_CALL, ON, name)), 3) for name in ("first", "second")
    ]


def test_a_retry_that_finds_fewer_rows_leaves_none_of_the_first_try(lake, warehouse, rows_of):
    warehouse.load(API_CALL, [lake.write(_calls(5), ON, "run")["api_call"]])
    warehouse.load(API_CALL, [lake.write(_calls(0), ON, "run")["api_call"]])
    assert rows_of("select count(*) from raw_data.api_call") == [(0,)]


def test_every_value_comes_through_as_it_was(lake, warehouse, rows_of):
    batch = movie_batch()
    film = {"movie_cd": "2023C685", "known_to_api": True, "movie_nm": "따옴표 ' \" ; {{ }} =cmd │ 영화\n둘째 줄", "show_tm": 120}
    film |= {"open_dt": date(1999, 12, 31), "captured_at": AT}
    batch.rows["movie"] = [film]
    batch.rows["movie_actor"] = [{"movie_cd": "2023C685", "position": 1, "people_nm": "이름", "cast": "역", "captured_at": AT}]
    written = lake.write(batch, ON, "run")
    for table in batch.tables:
        warehouse.load(table, [written[table.name]])
    (row,) = rows_of("select movie_nm, show_tm, open_dt, known_to_api, movie_nm_en, captured_at from raw_data.movie")
    assert row == (film["movie_nm"], 120, date(1999, 12, 31), True, None, AT)
    assert rows_of('select "cast" from raw_data.movie_actor') == [("역",)]
    assert warehouse.films_fetched_since(AT) == {"2023C685": AT}


def _box_office(lake, *days):
    batch = box_office_batch()
    batch.rows["daily_box_office"] = [{**row, "captured_at": AT} for day in days for row in chart(day, "A")]
    return lake.write(batch, ON, "run")["daily_box_office"]


def _films(lake, run, asked):
    batch = movie_batch()
    batch.rows["movie"] = [{"movie_cd": code, "known_to_api": False, "captured_at": at} for code, at in asked.items()]
    return lake.write(batch, ON, run)["movie"]


def test_the_audit_spans_the_days_of_an_object_and_those_that_it_lost(lake, warehouse, rows_of):
    warehouse.load(API_CALL, [lake.write(_calls(1), ON, "run")["api_call"]])
    spans = []
    for days in ((), (10, 12), (8, 9), (11,), ()):
        warehouse.load(DAILY_BOX_OFFICE, [_box_office(lake, *(date(2024, 6, day) for day in days))])
        spans += rows_of(
            "select row_count, first_target_date, last_target_date from raw_data.load_audit where table_name = 'daily_box_office'"
        )
    assert spans == [
        (0, None, None),
        (2, date(2024, 6, 10), date(2024, 6, 12)),
        (2, date(2024, 6, 8), date(2024, 6, 12)),
        (1, date(2024, 6, 8), date(2024, 6, 12)),
        (0, date(2024, 6, 8), date(2024, 6, 12)),
    ]
    assert rows_of("select first_target_date, last_target_date from raw_data.load_audit where table_name = 'api_call'") == [
        (None, None)
    ]


def test_films_asked_for_before_a_moment_are_left_out(lake, warehouse):
    assert warehouse.films_fetched_since(AT) == {}
    hour = timedelta(hours=1)
    asked = _films(lake, "run", {"OLD": AT - hour, "NOW": AT, "AGAIN": AT})
    warehouse.load(MOVIE, [asked, _films(lake, "next", {"AGAIN": AT + hour})])
    assert warehouse.films_fetched_since(AT) == {"NOW": AT, "AGAIN": AT + hour}
    assert warehouse.films_fetched_since(AT, excluding=lake.uri(asked.key)) == {"AGAIN": AT + hour}


def test_films_of_unreadable_replies_are_told_with_each_moment(lake, warehouse):
    assert warehouse.films_unreadable_since(AT) == {}
    hour = timedelta(hours=1)
    moments = [("ODD", AT + hour), ("ODD", AT), ("OLD", AT - hour), ("OTHER", AT)]
    written = _rejected(lake, *moments)
    warehouse.load(REJECTED_RECORD, [written])
    assert warehouse.films_unreadable_since(AT) == {"ODD": [AT, AT + hour], "OTHER": [AT]}
    assert warehouse.films_unreadable_since(AT, excluding=lake.uri(written.key)) == {}


def _rejected(lake, *films):
    """Unreadable replies about films; and a field of each film, an entry of its lists and a second piece, which are none."""
    batch = movie_batch()
    for code, moment in films:
        row = {"table_name": "movie", "params": json.dumps({"movieCd": code}), "position": 0, "part": 1, "captured_at": moment}
        others = ({"field": "showTm", "position": 1}, {"table_name": "movie_genre", "position": 1}, {"part": 2})
        batch.rows["rejected_record"] += [row, *({**row, **other} for other in others)]
    return lake.write(batch, ON, "rejected")["rejected_record"]


@dataclass(frozen=True)
class Watched(PostgresWarehouse):
    """Keeps, by table, how many rows each transaction met by reading a raw table from end to end."""

    read: list = field(default_factory=list)

    @contextmanager
    def _transaction(self, *tables):
        with super()._transaction(*tables) as cursor:
            yield cursor
            cursor.execute(
                "select relname, seq_tup_read from pg_stat_xact_user_tables where schemaname = 'raw_data' and seq_tup_read > 0"
            )
            self.read.extend(cursor.fetchall())


def test_nothing_that_the_loader_asks_reads_a_table_from_end_to_end(lake, warehouse):
    warehouse.ensure_tables([*RAW_TABLES, LOAD_AUDIT])
    with closing(_owner(warehouse)) as connection, connection.cursor() as cursor:
        for table in (*RAW_TABLES, LOAD_AUDIT):
            moment = "loaded_at" if table == LOAD_AUDIT else "captured_at"
            cursor.execute(
                f"insert into raw_data.{table.name} ({moment}, source_object) "
                "select timestamptz '2024-01-01' - n * interval '1 hour', 'run-' || n / 10 from generate_series(1, 20000) as n"
            )
        cursor.execute("analyze")
    watched = Watched(warehouse.settings, lake)
    for _ in range(2):
        watched.load(DAILY_BOX_OFFICE, [_box_office(lake, date(2024, 6, 30))])
        watched.load(MOVIE, [_films(lake, "run", {"A": AT})])
        watched.load(API_CALL, [lake.write(_calls(3), ON, "run")["api_call"]])
    assert watched.films_fetched_since(AT) == {"A": AT}
    assert watched.films_unreadable_since(AT) == {}
    assert watched.read == []


def test_a_table_that_is_older_than_an_index_gets_it(warehouse, rows_of):
    warehouse.ensure_tables(RAW_TABLES)
    indexes = "select indexname, indexdef from pg_indexes where schemaname = 'raw_data' order by 1"
    made = rows_of(indexes)
    with closing(_owner(warehouse)) as connection, connection.cursor() as cursor:
        cursor.execute("drop index raw_data.movie_captured_at, raw_data.movie_genre_source_object")
    for _ in range(2):
        warehouse.ensure_tables(RAW_TABLES)
        assert rows_of(indexes) == made
    looked_up = {name for name, definition in made if definition.endswith("(source_object)")}
    assert looked_up == {f"{table.name}_source_object" for table in RAW_TABLES}


def test_an_object_that_does_not_hold_what_its_label_says_changes_nothing(lake, warehouse, rows_of):
    written = lake.write(_calls(5), ON, "run")["api_call"]
    warehouse.load(API_CALL, [written])
    other = lake.write(_calls(2), ON, "other")["api_call"]
    with pytest.raises(LoadMismatch, match="nothing was changed"):
        warehouse.load(API_CALL, [other, replace(written, rows=6)])
    assert rows_of("select count(*) from raw_data.api_call") == [(5,)]
    assert rows_of("select count(*) from raw_data.load_audit") == [(1,)]


def test_an_object_that_is_gone_changes_nothing(lake, warehouse, rows_of):
    written = lake.write(_calls(5), ON, "run")["api_call"]
    warehouse.load(API_CALL, [written])
    with pytest.raises(ClientError, match="NoSuchKey"):
        warehouse.load(API_CALL, [written, replace(written, key=written.key.replace("run", "none"))])
    assert rows_of("select count(*) from raw_data.api_call") == [(5,)]


def test_a_load_killed_inside_its_transaction_leaves_the_old_state_and_the_next_one_completes(lake, warehouse, rows_of, stack):
    warehouse.load(API_CALL, [lake.write(_calls(5, "old"), ON, "run")["api_call"]])
    written = lake.write(_calls(9, "new"), ON, "run")["api_call"]
    program = textwrap.dedent(
        """
        import sys
        from dataclasses import replace
        from include.kofic.lake import LakeObject
        from include.kofic.tables import API_CALL
        from include.kofic.warehouse import postgres
        from local import lifecycle, state

        stack = state.stored("test")
        lake = replace(lifecycle.open_lake(stack), bucket=sys.argv[1])
        place = replace(lifecycle.open_warehouse(stack).settings, database=sys.argv[2])

        class Halting(postgres.PostgresWarehouse):
            def _audited(self, cursor, table, objects):
                loaded = super()._audited(cursor, table, objects)
                print("loaded, not committed", flush=True)
                sys.stdin.read()
                return loaded

        Halting(place, lake).load(API_CALL, [lake.describe(sys.argv[3])])
        """
    )
    command = [sys.executable, "-c", program, lake.bucket, warehouse.settings.database, written.key]
    loading = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert loading.stdout.readline().startswith(b"loaded")
    loading.send_signal(signal.SIGKILL)
    loading.wait(waiting.STOPPED)
    assert rows_of("select endpoint, count(*) from raw_data.api_call group by 1") == [("old", 5)]
    assert warehouse.load(API_CALL, [written]) == 9
    assert rows_of("select endpoint, count(*) from raw_data.api_call group by 1") == [("new", 9)]


def test_the_lake_holds_parquet_that_redshift_is_documented_to_read_in_the_designs_layout(lake):
    written = lake.write(_calls(3), ON, "run")["api_call"]
    assert written.key == "raw/api_call/captured_on=2024-07-01/run.parquet"
    assert lake.describe(written.key) == written
    body = lake.client.get_object(Bucket=lake.bucket, Key=written.key)["Body"].read()
    file = pq.ParquetFile(pa.BufferReader(body))
    assert file.schema_arrow.equals(API_CALL.schema)
    assert (file.metadata.format_version, file.metadata.row_group(0).column(0).compression) == ("1.0", "GZIP")


def test_whoever_loses_the_warehouse_rebuilds_it_from_the_lake(lake, warehouse, rows_of):
    for number in range(3):
        written = lake.write(_calls(number + 1), ON, f"run-{number}")
        for name, each in written.items():
            warehouse.load(next(table for table in RAW_TABLES if table.name == name), [each])
    before = rows_of("select * from raw_data.api_call order by 7, 2, 8")
    warehouse_again = warehouse
    with closing(_owner(warehouse)) as connection, connection.cursor() as cursor:
        cursor.execute("drop schema raw_data cascade")
    progress = []
    rebuild(lake, warehouse_again, lambda table, rows: progress.append((table.name, rows)))
    assert rows_of("select * from raw_data.api_call order by 7, 2, 8") == before
    assert ("api_call", 6) in progress


def _owner(warehouse):
    import psycopg2

    place = warehouse.settings
    connection = psycopg2.connect(
        host=place.host, port=place.port, dbname=place.database, user=place.user, password=place.password.reveal()
    )
    connection.autocommit = True
    return connection


def test_a_table_from_an_older_schema_is_widened_under_its_views(lake, warehouse, rows_of):
    with closing(_owner(warehouse)) as connection, connection.cursor() as cursor:
        cursor.execute("create schema raw_data")
        columns = [
            f'"{column.name}" {"integer" if column.name == "records" else column.kind.postgres}'
            for column in API_CALL.columns
            if column.name != "elapsed_ms"
        ]
        cursor.execute(f"create table raw_data.api_call ({', '.join(columns)})")
        cursor.execute("insert into raw_data.api_call (endpoint, records) values ('old', 1)")
        cursor.execute("create schema staging")
        cursor.execute("create view staging.inner_view as select endpoint, records from raw_data.api_call")
        cursor.execute("create view staging.outer_view as select sum(records) as records from staging.inner_view")
    warehouse.load(API_CALL, [lake.write(_calls(3), ON, "run")["api_call"]])
    assert rows_of("select records from staging.outer_view") == [(1 + 0 + 1 + 2,)]
    assert rows_of("select count(*), count(elapsed_ms) from raw_data.api_call") == [(4, 3)]
    (kind,) = rows_of(
        "select data_type from information_schema.columns where table_name = 'api_call' and column_name = 'records'"
    )
    assert kind == ("bigint",)


def test_a_column_that_cannot_be_widened_is_refused_with_a_way_out(warehouse, rows_of):
    with closing(_owner(warehouse)) as connection, connection.cursor() as cursor:
        cursor.execute("create schema raw_data")
        cursor.execute("create table raw_data.api_call (endpoint text, params text, attempts date)")
    with pytest.raises(SchemaConflict, match="attempts.*make rebuild"):
        warehouse.ensure_tables([API_CALL])


def test_every_raw_table_is_made_as_its_schema_says(warehouse, rows_of):
    warehouse.ensure_tables([*RAW_TABLES, LOAD_AUDIT])
    warehouse.ensure_tables([*RAW_TABLES, LOAD_AUDIT])
    for table in [*RAW_TABLES, LOAD_AUDIT]:
        found = rows_of(
            f"select column_name from information_schema.columns where table_schema = 'raw_data' and table_name = '{table.name}' "
            "order by ordinal_position"
        )
        assert [name for (name,) in found] == table.schema.names


def test_an_older_objects_missing_columns_are_null_and_a_newer_objects_are_refused():
    older = pa.table({"movie_cd": ["1"], "captured_at": pa.array([AT], MOVIE.schema.field("captured_at").type)})
    fitted = conform(MOVIE, older)
    assert fitted.schema.equals(MOVIE.schema)
    assert fitted["movie_nm"].to_pylist() == [None]
    newer = replace(DAILY_BOX_OFFICE, columns=(*DAILY_BOX_OFFICE.columns, Column("brand_new", text(10))))
    with pytest.raises(SchemaConflict, match="brand_new.*newer version"):
        conform(DAILY_BOX_OFFICE, newer.schema.empty_table())
