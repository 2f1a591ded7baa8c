"""The whole DAG under a real scheduler, on real servers: what a person who runs and re-runs it must be able to rely on.

The tests of this file build on each other's runs, in their order: a run of half a year, then what happens after it.
"""

import base64
import io
import re
from collections import defaultdict
from contextlib import closing
from datetime import UTC, date, datetime
from urllib.parse import quote_plus

import httpx
import psycopg2
import pytest
from rich.console import Console

from include.kofic.calendar import DayRange
from include.kofic.client import DAILY_BOX_OFFICE
from include.kofic.tables import RAW_TABLES
from local import demo, lifecycle, postgres, waiting
from local.lifecycle import DAG_ID
from local.state import StackError
from tests.aws.template import of_type, template
from tests.stack import leaks

HALF_YEAR = DayRange(date(2024, 1, 1), date(2024, 6, 30))
FIGURES = """
select target_date, multi_movie_yn, rep_nation_cd, wide_area_cd, movie_cd, rank, sales_amt, sales_acc, audi_cnt, audi_acc
from analytics.fct_daily_box_office order by 1, 2, 3, 4, 5
"""
TABLE_OF_FILMS = "select 'analytics.dim_movie'::regclass::oid"
"""A full refresh makes a new table, a daily run changes the rows of the one that is there."""


@pytest.fixture(scope="module")
def half_year(stack, airflow):
    """The run of half a year, from an empty warehouse to published marts; its dbt tasks are to build everything."""
    output = io.StringIO()
    demo.collect(stack, HALF_YEAR, Console(file=output, width=160), full_refresh=True)
    (run,) = airflow.runs(DAG_ID)
    return {"run_id": run["dag_run_id"], "output": output.getvalue()}


@pytest.fixture(scope="module")
def recorded_rows(recorded):
    """The recorded box-office rows, with their filters, straight from the files."""
    rows = []
    for call in recorded:
        if call["endpoint"] == DAILY_BOX_OFFICE:
            params = call["params"]
            filters = (params.get("multiMovieYn", "ALL"), params.get("repNationCd", "ALL"))
            rows += [(filters, row) for row in call["body"]["boxOfficeResult"]["dailyBoxOfficeList"]]
    return rows


def _instances(airflow, run_id):
    return {(each["task_id"], each["map_index"]): each for each in airflow.task_instances(DAG_ID, run_id)}


def test_half_a_year_gives_every_row_of_every_list(half_year, query):
    assert query("select count(*), count(distinct target_date) from analytics.fct_daily_box_office") == [(182 * 5 * 10, 182)]
    assert query("select count(*) from raw_data.rejected_record") == [(0,)]
    assert re.search(r"(\d+) of \1 tasks done", half_year["output"])


def test_its_totals_are_those_of_the_files(half_year, query, recorded_rows):
    expected = defaultdict(lambda: [0, 0, 0])
    for filters, row in recorded_rows:
        expected[filters][0] += 1
        expected[filters][1] += int(row["salesAmt"])
        expected[filters][2] += int(row["audiCnt"])
    found = query(
        "select multi_movie_yn, rep_nation_cd, count(*), sum(sales_amt), sum(audi_cnt) "
        "from analytics.fct_daily_box_office group by 1, 2"
    )
    assert {(row[0], row[1]): [int(value) for value in row[2:]] for row in found} == dict(expected)


def test_a_films_total_is_its_last_cumulative_figure(half_year, query, recorded_rows):
    expected = defaultdict(lambda: (0, 0))
    for _, row in recorded_rows:
        sales, admissions = expected[row["movieCd"]]
        expected[row["movieCd"]] = (max(sales, int(row["salesAcc"])), max(admissions, int(row["audiAcc"])))
    found = query("select movie_cd, total_sales, total_admissions from analytics.dim_movie")
    assert {code: (int(sales), int(admissions)) for code, sales, admissions in found if sales is not None} == dict(expected)


def test_one_model_can_be_run_again_from_the_ui_and_nothing_else_runs(half_year, airflow, query):
    before, figures, table = _instances(airflow, half_year["run_id"]), query(FIGURES), query(TABLE_OF_FILMS)
    wanted = ("transform.dim_movie.run", -1)
    airflow.call(
        "POST",
        f"dags/{DAG_ID}/clearTaskInstances",
        {
            "dag_run_id": half_year["run_id"],
            "task_ids": [wanted[0]],
            "dry_run": False,
            "only_failed": False,
            "reset_dag_runs": True,
        },
    )
    assert airflow.wait_for_run(DAG_ID, half_year["run_id"])["state"] == "success"
    after = _instances(airflow, half_year["run_id"])
    again = {key for key in after if after[key]["try_number"] != before[key]["try_number"]}
    assert again == {wanted}
    assert query(FIGURES) == figures
    assert query(TABLE_OF_FILMS) != table, "the run was asked to build everything, and so are its tasks"


def test_a_backfill_of_one_day_recaptures_that_day_alone_through_passing_trouble(half_year, airflow, query, stack_simulator):
    # All of a film but the load that its row was last built from.
    every_film = "select to_jsonb(film) - 'loaded_until' from analytics.dim_movie as film order by movie_cd"
    figures, films, table = query(FIGURES), query(every_film), query(TABLE_OF_FILMS)
    stack_simulator.set("faults", next=["503", "truncate", "429", "html"])
    airflow.call(
        "POST",
        "backfills",
        {
            "dag_id": DAG_ID,
            "from_date": "2024-06-29T10:30:00+09:00",
            "to_date": "2024-06-29T10:30:00+09:00",
            "max_active_runs": 1,
            "run_backwards": False,
            "dag_run_conf": {},
            "reprocess_behavior": "none",
        },
    )
    (run,) = waiting.until(
        lambda: [run for run in airflow.runs(DAG_ID) if run["run_type"] == "backfill"],
        waiting.ANSWER,
        lambda: "no backfill run came",
    )
    assert airflow.wait_for_run(DAG_ID, run["dag_run_id"])["state"] == "success"
    assert query(
        "select target_date, count(distinct captured_at::date) > 0, count(distinct source_object) from raw_data.daily_box_office "
        "group by 1 having count(distinct source_object) > 1"
    ) == [(date(2024, 6, 29), True, 2)]
    assert query(FIGURES) == figures
    assert query(every_film) == films
    assert query(TABLE_OF_FILMS) == table
    assert stack_simulator.stats()["calls"] == 5 + 4, "five filter sets, four of the calls again, no film asked for again"
    assert query("select max(attempts) > 1 from raw_data.api_call") == [(True,)]


def _failed(airflow, run_id):
    assert airflow.wait_for_run(DAG_ID, run_id)["state"] == "failed"
    instances = _instances(airflow, run_id)
    (failed,) = [each for each in instances.values() if each["state"] == "failed"]
    assert failed["try_number"] == 1, "no try is spent on what cannot pass"
    return failed, airflow.log(DAG_ID, run_id, failed, 200)


def test_a_range_that_cannot_be_asked_for_is_refused_before_any_call(half_year, airflow, stack_simulator):
    failed, log = _failed(airflow, airflow.trigger(DAG_ID, {"start_date": "2003-11-10", "end_date": "2003-11-20"}))
    assert failed["task_id"] == "plan"
    assert "2003-11-11" in log
    assert "Remedy" in log
    assert stack_simulator.stats()["calls"] == 0


def test_what_is_no_date_is_refused_by_the_form(half_year, airflow):
    with pytest.raises(StackError, match="HTTP 4"):
        airflow.trigger(DAG_ID, {"start_date": "tomorrow", "end_date": "2024-06-30"})


def test_a_spent_quota_fails_once_and_touches_nothing(half_year, airflow, query, stack_simulator):
    figures, raw = query(FIGURES), query("select count(*) from raw_data.daily_box_office")
    stack_simulator.set("quota", daily_calls=2, used=0)
    failed, log = _failed(airflow, airflow.trigger(DAG_ID, {"start_date": "2024-06-01", "end_date": "2024-06-03"}))
    assert failed["task_id"] == "extract_box_office"
    assert "after midnight KST" in log
    assert query(FIGURES) == figures
    assert query("select count(*) from raw_data.daily_box_office") == raw


def test_the_lake_alone_gives_the_raw_layer_back(half_year, stack, query):
    def counts():
        return {table.name: query(f"select count(*) from raw_data.{table.name}") for table in RAW_TABLES}

    before = counts()
    with closing(postgres.connect(stack, "warehouse", "pipeline")) as connection, connection.cursor() as cursor:
        for table in RAW_TABLES:
            cursor.execute(f"truncate raw_data.{table.name}")
    lifecycle.rebuild_raw_layer(stack, Console(file=io.StringIO()))
    assert counts() == before


def test_no_secret_is_in_anything_that_the_runs_wrote(half_year, stack):
    """Logs, both databases whole (XCom, rendered fields, serialised DAGs are tables), files, the lake, command lines."""
    found = set()
    logs = leaks.logs(stack)
    assert any("attempt=1.log" in file.name for file in logs), "task logs are among them"
    for file in [*logs, *leaks.files(stack)]:
        found |= leaks.found(stack, str(file), file.read_bytes())
    assert {f"public.{name}" for name in ("xcom", "rendered_task_instance_fields", "serialized_dag", "task_instance", "log")} <= (
        leaks.tables(stack, "airflow")
    )
    assert {"raw_data.movie", "raw_data.rejected_record", "analytics.dim_movie"} <= leaks.tables(stack, "warehouse")
    for database, marker in (("airflow", b"extract_box_office"), ("warehouse", b"COPY raw_data.movie ")):
        content = leaks.dump(stack, database)
        assert marker in content
        found |= leaks.found(stack, f"the database {database}", content)
    objects = list(leaks.lake(stack))
    assert len(objects) > 2 * len(RAW_TABLES)
    for key, content in objects:
        found |= leaks.found(stack, key, content)
    lines = leaks.command_lines()
    assert any("scheduler" in line for line in lines)
    found |= leaks.found(stack, "the process list", "\n".join(lines).encode())
    assert found == set()


def test_the_search_for_secrets_would_find_one(stack):
    secret = stack.secrets["kofic"]
    hidden = [
        secret.encode(),
        b"..." + secret.encode().hex().encode(),
        base64.b64encode(b"Authorization: Basic user:" + secret.encode() + b"\n"),
        quote_plus(f"key={secret}&").encode(),
    ]
    assert all(any(name.startswith("kofic") for name in leaks.found(stack, "here", text)) for text in hidden)


def test_what_must_hold_secrets_is_its_owners_alone(stack):
    assert leaks.readable_by_others(stack) == []


def test_the_lake_shows_nothing_to_a_stranger(half_year, stack):
    """A leaked key of an object, or a guessed one, is worth nothing without credentials."""
    place = lifecycle.open_lake(stack)
    key = next(iter(place.objects(RAW_TABLES[0]))).key
    url = f"http://127.0.0.1:{stack.ports['s3']}/{place.bucket}"
    for address in (f"{url}/{key}", url, f"{url}?list-type=2"):
        assert httpx.get(address, trust_env=False, timeout=waiting.ANSWER).status_code == 403
    assert httpx.put(f"{url}/{key}", content=b"x", trust_env=False, timeout=waiting.ANSWER).status_code == 403


def test_the_alarm_that_nothing_was_published_counts_what_the_scheduler_writes(half_year, stack):
    words = re.findall(r'"([^"]+)"', of_type(template(), "AWS::Logs::MetricFilter")["PublishedCount"]["FilterPattern"])
    assert any(all(word in line for word in words) for line in stack.log_file("scheduler").read_text().splitlines())


def test_the_dag_tells_a_person_what_it_is(half_year, airflow):
    dag = airflow.wait_for_dag(DAG_ID)
    assert "When something is red" in dag["doc_md"]
    assert {tag["name"] for tag in dag["tags"]} == {"kofic", "box-office", "daily"}
    assert dag["timetable_description"] or dag["timetable_summary"]
    assert datetime.fromisoformat(dag["next_dagrun_logical_date"]).astimezone(UTC).strftime("%H:%M") == "01:30"


def test_the_warehouse_speaks_only_to_those_who_know_the_password(stack):
    with pytest.raises(psycopg2.OperationalError, match="password"):
        psycopg2.connect(host="127.0.0.1", port=stack.ports["postgres"], dbname="warehouse", user="pipeline", password="guess")
