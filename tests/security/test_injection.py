"""What a person or the API may write, and where it must not lead: dates, filter sets, run ids, codes, SQL names."""

import json
import re
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.kofic.calendar import DayRange, parse_day
from include.kofic.columns import FILM_CODE, Unparsable
from include.kofic.errors import BadSetting
from include.kofic.filters import FilterSet
from include.kofic.lake import object_key
from include.kofic.secret import Secret
from include.kofic.tables import LOAD_AUDIT, MOVIE, RAW_TABLES
from include.kofic.warehouse.base import quoted
from include.kofic.warehouse.redshift import RedshiftSettings, copy_statements
from include.pipeline.plan import Trigger, chunks, days_of_run

NOW = datetime(2024, 7, 1, 3, tzinfo=UTC)
HOSTILE = (
    "'; drop table raw_data.movie; --",
    "{{ conn.warehouse.password }}",
    "{% raw %}",
    "../../../etc/passwd",
    "=cmd|'/c calc'!A1",
    "2024-01-01' or '1'='1",
    "20240101&key=x",
    "２０２４-01-01",
    "2024-01-01\n2024-01-02",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_no_date_never_becomes_one(text):
    with pytest.raises(BadSetting):
        parse_day(text)
    with pytest.raises(BadSetting):
        days_of_run(Trigger.MANUAL, None, text, "2024-06-30", NOW)


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_no_filter_set_never_reaches_the_api(text):
    with pytest.raises(BadSetting, match="Remedy"):
        FilterSet.parse(text)


@pytest.mark.parametrize("text", [*HOSTILE, "2024\\", "2024 0001", "*/", "' || chr(39)"])
def test_what_is_no_film_code_is_rejected_before_it_is_kept(text):
    with pytest.raises(Unparsable, match="film code"):
        FILM_CODE.parse(text)


@given(st.text(max_size=300))
def test_a_run_id_of_any_letters_stays_one_plain_file_name(run_id):
    """Airflow's own pattern for run ids can be configured away; the lake's keys, COPY's manifest and Jinja do not rest on it."""
    (piece,) = chunks(DayRange(date(2024, 6, 1), date(2024, 6, 2)), ("ALL",), run_id, NOW)
    assert re.fullmatch(r"[A-Za-z0-9_.-]+", piece["name"])
    key = object_key(MOVIE, date(2024, 7, 1), piece["name"])
    assert key.count("/") == 3
    assert not re.search(r"{[{%#]", json.dumps(piece)), "the label is Jinja's input in mapped tasks"


@given(st.text(min_size=1, max_size=60))
def test_a_quoted_name_is_one_sql_identifier(name):
    inside = quoted(name)
    assert inside[0] == inside[-1] == '"'
    assert '"' not in inside[1:-1].replace('""', "")


def test_every_sql_name_is_the_projects_own():
    names = [name for table in (*RAW_TABLES, LOAD_AUDIT) for name in (table.name, *(column.name for column in table.columns))]
    assert [name for name in names if not re.fullmatch(r"[a-z][a-z_]*", name)] == []


def test_a_bucket_or_role_cannot_end_copys_literals():
    hostile = "s3://b'; drop schema x; --/m.json", "arn:aws:iam::1:role/r'; drop schema y"
    literals = [re.sub(r"'(?:[^']|'')*'", "?", each) for each in copy_statements(MOVIE, MOVIE.schema.names, *hostile)]
    assert sum(each.count("?") for each in literals) >= 2
    assert [each for each in literals if "schema" in each] == []
    with pytest.raises(BadSetting):
        RedshiftSettings("h", 5439, "d", "u", "arn:aws:iam::1:role/r' x", Secret("p"))
