"""The whole DAG under a real scheduler, on real servers: what a person who runs and re-runs it must be able to rely on.

The tests of this file build on each other's runs, in their order: a run of half a year, then what happens after it.
"""

import base64
import io
import re
import subprocess
import sys
from collections import defaultdict
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from urllib.parse import quote_plus

import httpx
import psutil
import psycopg2
import pytest
from rich.console import Console

from include.kofic.calendar import SEOUL, DayRange
from include.kofic.replies import DAILY_BOX_OFFICE
from include.kofic.tables import RAW_TABLES
from local import airflow_env, demo, lifecycle, postgres, processes, waiting
from local.lifecycle import DAG_ID
from local.state import ROOT, StackError
from tests import servers
from tests.aws.template import of_type, template
from tests.clock import MovedClock
from tests.stack import leaks

DAY = timedelta(days=1)
HALF_YEAR = DayRange(date(2024, 1, 1), date(2024, 6, 30))
FIGURES = """
select target_date, multi_movie_yn, rep_nation_cd, wide_area_cd, movie_cd, rank, sales_amt, sales_acc, audi_cnt, audi_acc
from analytics.fct_daily_box_office order by 1, 2, 3, 4, 5
"""
TABLE_OF_FACTS = "select 'analytics.fct_daily_box_office'::regclass::oid"
"""A full refresh makes a new table, a daily run changes the rows of the one that is there."""


@pytest.fixture(scope="module")
def half_year(stack, airflow):
    """The run of half a year, from an empty warehouse to published marts; its dbt tasks are to build everything."""
    output = io.StringIO()
    airflow.wait_for_dag(DAG_ID)
    conf = {"start_date": str(HALF_YEAR.first), "end_date": str(HALF_YEAR.last), "full_refresh": True}
    run_id = airflow.trigger(DAG_ID, conf)
    airflow.unpause(DAG_ID)
    demo.follow(airflow, run_id, Console(file=output, width=160))
    return {"run_id": run_id, "output": output.getvalue()}


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


def _cleared(airflow, run_id, task_id):
    asked = {"dag_run_id": run_id, "task_ids": [task_id], "dry_run": False, "only_failed": False, "reset_dag_runs": True}
    airflow.call("POST", f"dags/{DAG_ID}/clearTaskInstances", asked)


def test_half_a_year_gives_every_row_of_every_list(half_year, query):
    assert query("select count(*), count(distinct target_date) from analytics.fct_daily_box_office") == [(182 * 5 * 10, 182)]
    assert query("select count(*) from raw_data.rejected_record") == [(0,)]
    assert re.search(r"(\d+) of \1 tasks done", half_year["output"]), "check_replies too: all was read"


@pytest.mark.parametrize(
    ("task", "words"),
    [
        (("plan", -1), "182 days x filter sets"),
        (("extract_box_office", 0), "daily_box_office: "),
        (("extract_films", -1), "films in these days"),
        (("transform.dim_movie.run", -1), "model analytics.dim_movie"),
        (("transform.dim_movie.test", -1), "not_null_dim_movie"),
        # No Superset runs in this stack.
        (("publish", -1), "dashboards show the tables of before until their cache expires: Superset does not answer"),
    ],
)
def test_the_page_shows_the_log_of_a_task_of_each_kind(half_year, airflow, task, words):
    log = airflow.log(DAG_ID, half_year["run_id"], _instances(airflow, half_year["run_id"])[task], 10_000)
    assert words in log
    assert "Could not read" not in log


def test_moments_that_are_printed_are_seouls(half_year, airflow, query):
    (line,) = airflow.log(DAG_ID, half_year["run_id"], _instances(airflow, half_year["run_id"])["plan", -1], 1).splitlines()
    assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+09:00 ", line)
    for database, user in (("warehouse", "pipeline"), ("airflow", "airflow")):
        assert query("show timezone", database, user) == query("show log_timezone", database, user) == [("Asia/Seoul",)]


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
    found = query("select movie_cd, lifetime_sales, lifetime_admissions from analytics.dim_movie")
    assert {code: (int(sales), int(admissions)) for code, sales, admissions in found if sales is not None} == dict(expected)


def test_one_model_can_be_run_again_from_the_ui_and_nothing_else_runs(half_year, airflow, query):
    before, figures, table = _instances(airflow, half_year["run_id"]), query(FIGURES), query(TABLE_OF_FACTS)
    wanted = ("transform.fct_daily_box_office.run", -1)
    _cleared(airflow, half_year["run_id"], wanted[0])
    assert airflow.wait_for_run(DAG_ID, half_year["run_id"])["state"] == "success"
    after = _instances(airflow, half_year["run_id"])
    again = {key for key in after if after[key]["try_number"] != before[key]["try_number"]}
    assert again == {wanted}
    assert query(FIGURES) == figures
    assert query(TABLE_OF_FACTS) != table, "the run was asked to build everything, and so are its tasks"


def test_a_test_task_that_is_killed_is_tried_again_and_one_that_found_rows_is_not(half_year, airflow, stack):
    run_id, key = half_year["run_id"], ("transform.bridge_movie_genre.test", -1)

    def instance():
        assert airflow.wait_for_run(DAG_ID, run_id)
        return _instances(airflow, run_id)[key]

    def state():
        return _instances(airflow, run_id)[key]["state"]

    before = instance()["try_number"]
    with closing(postgres.connect(stack, "warehouse", "pipeline")) as connection, connection.cursor() as cursor:
        cursor.execute(
            "insert into analytics.bridge_movie_genre select * from analytics.bridge_movie_genre limit 1 returning ctid"
        )
        ((doubled,),) = cursor.fetchall()
        _cleared(airflow, run_id, key[0])
        found_rows = instance()
        assert (found_rows["state"], found_rows["try_number"]) == ("failed", before + 1)
        cursor.execute("delete from analytics.bridge_movie_genre where ctid = %s", (doubled,))
    with closing(postgres.connect(stack, "warehouse", "pipeline")) as locking, locking.cursor() as cursor:
        locking.autocommit = False
        cursor.execute("lock table analytics.bridge_movie_genre in access exclusive mode")
        _cleared(airflow, run_id, key[0])
        _kill_the_session_that_waits_for(stack, "analytics.bridge_movie_genre")
        locking.rollback()
    waiting.until(lambda: state() == "up_for_retry", waiting.ANSWER, lambda: f"the killed test is {state()}")
    _cleared(airflow, run_id, key[0])  # instead of the minutes that Airflow waits before a second try
    assert instance()["state"] == "success"


def _kill_the_session_that_waits_for(stack, table):
    """Kills the client's process: what a worker lost or out of memory comes to."""
    waiting_for = f"""
        select client_port from pg_stat_activity
        inner join pg_locks on pg_stat_activity.pid = pg_locks.pid
        where not pg_locks.granted and pg_locks.relation = '{table}'::regclass
    """
    with closing(postgres.connect(stack, "warehouse", "postgres")) as connection, connection.cursor() as cursor:

        def found():
            cursor.execute(waiting_for)
            return cursor.fetchall()

        ((port,), *_) = waiting.until(found, waiting.STARTED, lambda: f"nobody waits for {table}")
    for connection in psutil.net_connections("tcp"):
        if connection.laddr.port == port and connection.pid:
            psutil.Process(connection.pid).kill()
            return
    raise AssertionError(f"no process has the port {port}")


def test_a_backfill_of_one_day_recaptures_that_day_alone_through_transient_faults(half_year, airflow, query, stack_simulator):
    every_film = "select * from analytics.dim_movie order by movie_cd"
    figures, films, table = query(FIGURES), query(every_film), query(TABLE_OF_FACTS)
    stack_simulator.set("faults", next=["503", "truncate", "429", "html", "unwrapped"])
    airflow.call(
        "POST",
        "backfills",
        {
            "dag_id": DAG_ID,
            "from_date": "2024-06-30T10:30:00+09:00",
            "to_date": "2024-06-30T10:30:00+09:00",
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
    assert query(TABLE_OF_FACTS) == table
    assert stack_simulator.stats()["calls"] == 5 + 4, "five filter sets, four of the calls again, no film asked for again"
    assert query("select max(attempts) > 1 from raw_data.api_call") == [(True,)]
    # One of the five replies could not be read at all: the others are loaded, and the run says so.
    check = _instances(airflow, run["dag_run_id"])[("check_replies", -1)]
    assert check["state"] == "skipped"
    assert "box office: 1 of 5 replies are incomplete or unreadable" in airflow.log(DAG_ID, run["dag_run_id"], check, 200)
    assert query("select table_name, position, reason from raw_data.rejected_record") == [
        (
            "daily_box_office",
            0,
            "the reply has no boxOfficeResult.dailyBoxOfficeList (it has: result); this is not an empty answer",
        )
    ]


def _failed(airflow, run_id):
    assert airflow.wait_for_run(DAG_ID, run_id)["state"] == "failed"
    instances = _instances(airflow, run_id)
    (failed,) = [each for each in instances.values() if each["state"] == "failed"]
    assert failed["try_number"] == 1, "no try is spent on what cannot pass"
    return failed, airflow.log(DAG_ID, run_id, failed, 200)


def test_more_bad_replies_than_are_allowed_fail_the_run_and_leave_what_was_loaded(half_year, airflow, query):
    (run,) = [run for run in airflow.runs(DAG_ID) if run["run_type"] == "backfill"]
    raw = query("select count(*) from raw_data.daily_box_office")
    airflow.call("POST", "variables", {"key": "box_office_bad_share", "value": "0.1"})
    try:
        cleared = {"dag_run_id": run["dag_run_id"], "task_ids": ["check_replies"], "only_failed": False, "reset_dag_runs": True}
        airflow.call("POST", f"dags/{DAG_ID}/clearTaskInstances", {**cleared, "dry_run": False})
        assert airflow.wait_for_run(DAG_ID, run["dag_run_id"])["state"] == "failed"
    finally:
        airflow.call("DELETE", "variables/box_office_bad_share")
    instances = _instances(airflow, run["dag_run_id"])
    check = instances.pop(("check_replies", -1))
    assert check["state"] == "failed"
    assert {each["state"] for each in instances.values()} == {"success"}, "publish too"
    log = airflow.log(DAG_ID, run["dag_run_id"], check, 200)
    assert "20% of the box-office replies are bad, more than the 10% of the variable `box_office_bad_share`" in log
    assert query("select count(*) from raw_data.daily_box_office") == raw


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


def _lateness(stack, clock, *words):
    command = [sys.executable, "-m", "include.pipeline.lateness", *words]
    environment = {**airflow_env.environment(stack), **clock.environment, "PYTHONUNBUFFERED": "1"}
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)


def test_a_morning_without_a_run_is_noticed_by_a_check_that_needs_none(half_year, stack, airflow, tmp_path):
    words = re.findall(r'"([^"]+)"', of_type(template(), "AWS::Logs::MetricFilter")["LateCount"]["FilterPattern"])
    clock = MovedClock(tmp_path / "ahead")
    clock.set(datetime(2024, 7, 2, 11, 29, 30, tzinfo=SEOUL))
    watching = _lateness(stack, clock, "--watch")
    try:
        assert _printed(watching) == "The box office is published up to 2024-06-30; 2024-06-30 was due.\n"
        clock.set(datetime(2024, 7, 2, 11, 30, 1, tzinfo=SEOUL))
        printed = _printed(watching)
    finally:
        watching.terminate()
        watching.wait(waiting.STOPPED)
    assert all(word in printed for word in words)
    assert "2024-07-01 is not published" in printed
    assert "Remedy" in printed
    assert airflow.call("GET", "monitor/health")["scheduler"]["status"] == "healthy"
    once = _lateness(stack, clock)
    assert _printed(once) == printed
    assert once.wait(waiting.ANSWER) == 1


def _printed(asking):
    """The next line about the box office, among what Airflow says of the connections."""
    return next(line for line in asking.stdout if "box office" in line)


def test_the_dag_tells_a_person_what_it_is(half_year, airflow):
    dag = airflow.wait_for_dag(DAG_ID)
    assert "When something is red" in dag["doc_md"]
    assert {tag["name"] for tag in dag["tags"]} == {"kofic", "box-office", "daily"}
    assert dag["timetable_description"] or dag["timetable_summary"]
    assert datetime.fromisoformat(dag["next_dagrun_logical_date"]).astimezone(UTC).strftime("%H:%M") == "01:30"


def test_nothing_of_the_stack_listens_beyond_this_machine(half_year, stack):
    addresses = servers.listening(processes.own(stack))
    assert {port for _, port in addresses} >= {stack.ports[name] for name in ("airflow", "postgres", "s3", "simulator")}
    assert servers.beyond_loopback(addresses) == set()


def test_the_warehouse_speaks_only_to_those_who_know_the_password(stack):
    with pytest.raises(psycopg2.OperationalError, match="password"):
        psycopg2.connect(host="127.0.0.1", port=stack.ports["postgres"], dbname="warehouse", user="pipeline", password="guess")
