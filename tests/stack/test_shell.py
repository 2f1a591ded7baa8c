"""The commands as a person types them, on the tests' stack, in a shell that is set up for another project."""

import csv
import io
import os
import subprocess
import sys

import pytest

from local import waiting
from local.state import LOGS, ROOT

ELSEWHERE = {
    "http_proxy": "http://127.0.0.1:9",
    "https_proxy": "http://127.0.0.1:9",
    "all_proxy": "http://127.0.0.1:9",
    "AWS_PROFILE": "nope",
    "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9",
    "AWS_CA_BUNDLE": "/nowhere",
    "PGSERVICE": "none",
    "PGHOSTADDR": "127.0.0.9",
    "PGSSLMODE": "verify-full",
    "PGOPTIONS": "-c search_path=nowhere",
    "PGTZ": "America/New_York",
    "TZ": "America/New_York",
    "LC_ALL": "C",
}
ON_THIS_STACK = """
from local import state
from local.__main__ import main
state.DEMO_STACKS = ("test",)
main()
"""


@pytest.fixture
def typed(stack):
    """Runs a command on the tests' stack in an environment with these variables as well."""

    def run(*words: str, given: dict[str, str], code: str = ON_THIS_STACK) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-E", "-c", code, *words],
            cwd=ROOT,
            env={**os.environ, **given},
            capture_output=True,
            text=True,
            timeout=waiting.COMMAND,
        )
        assert "Traceback" not in done.stdout + done.stderr
        return done

    return run


@pytest.fixture
def asked(typed):
    """The answer of `make sql`."""

    def ask(text: str, **given: str) -> list[list[str]]:
        done = typed("sql", given={**given, "Q": text})
        assert done.returncode == 0, done.stderr
        return list(csv.reader(io.StringIO(done.stdout)))

    return ask


@pytest.fixture
def refused(typed):
    """The error of `make sql`."""

    def ask(text: str) -> str:
        done = typed("sql", given={"Q": text})
        assert (done.returncode, done.stdout) == (1, "")
        assert "Remedy: " in done.stderr
        return done.stderr

    return ask


@pytest.mark.parametrize("variable", ["http_proxy", "AWS_PROFILE", "PGSERVICE"])
def test_lake_and_warehouse_are_reached_whatever_else_the_shell_is_set_up_for(typed, asked, variable):
    done = typed("rebuild", given={variable: ELSEWHERE[variable]})
    assert done.returncode == 0, done.stderr
    assert asked("select 1 as n", **{variable: ELSEWHERE[variable]}) == [["n"], ["1"]]


def test_nothing_of_another_projects_environment_matters(typed, asked):
    done = typed("rebuild", given=ELSEWHERE)
    assert done.returncode == 0, done.stderr
    assert asked("select 'in ' || current_setting('search_path')", **ELSEWHERE)[1] == ['in "$user", public']


def test_a_query_is_answered_as_postgresql_writes_it(asked):
    query = """
    select 1 as n, null as nothing, '영화, "제목"' as title, true as yes, 1.50 as amount, date 'infinity' as day,
    timestamptz '2024-06-30 01:30:00+00' as moment, array[1, 2] as both;
    """
    assert asked(query, TZ="America/New_York", PGTZ="America/New_York") == [
        ["n", "nothing", "title", "yes", "amount", "day", "moment", "both"],
        ["1", "", '영화, "제목"', "t", "1.50", "infinity", "2024-06-30 10:30:00+09", "{1,2}"],
    ]
    assert asked("select 1 as n where false") == [["n"]]
    assert asked("explain select 1")[0] == ["QUERY PLAN"]


@pytest.fixture
def probe(stack, query):
    """A table that the pipeline made just now."""
    query("create schema if not exists raw_data; create table raw_data.sql_probe as select 1 as n; select 1")
    yield lambda: query("select n from raw_data.sql_probe")
    query("drop table raw_data.sql_probe; select 1")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("commit; delete from raw_data.sql_probe", "more than one statement"),
        ("select 1; set default_transaction_read_only = off", "more than one statement"),
        ("rollback; begin; update raw_data.sql_probe set n = 2; commit", "more than one statement"),
        ("delete from raw_data.sql_probe returning n", "writes nothing"),
        ("with gone as (delete from raw_data.sql_probe returning n) select * from gone", "writes nothing"),
        ("explain analyze delete from raw_data.sql_probe", "writes nothing"),
        ("create table raw_data.mine as select 1", "writes nothing"),
        ("copy raw_data.sql_probe from program 'echo 2'", "writes nothing"),
        ("set default_transaction_read_only = off", "is no query"),
        ("select n from raw_data.no_such_table", "no_such_table"),
        ("selekt 1", "selekt"),
        ("select $1", "requires 1"),
        (" ", "no query"),
    ],
)
def test_what_is_not_one_query_that_reads_is_refused(probe, refused, text, message):
    assert message in refused(text)
    assert probe() == [(1,)]


def test_an_unexpected_error_is_printed_without_a_traceback(typed):
    broken = ON_THIS_STACK.replace("main()", "from local import lifecycle\nlifecycle.running_stack = lambda: {}['a key']\nmain()")
    done = typed("sql", "select 1", given={}, code=broken)
    assert done.returncode == 1
    assert "error: KeyError: 'a key'" in done.stderr
    file = LOGS / "unexpected-error.log"
    assert str(file.relative_to(ROOT)) in done.stderr
    assert "Traceback" in file.read_text()
    file.unlink()
