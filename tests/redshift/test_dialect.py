"""Where Redshift and PostgreSQL take the same text and mean different things, the stand-in means what Redshift does."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
import redshift_connector
from hypothesis import given
from hypothesis import strategies as st

from tests.redshift.conftest import Connect
from tests.redshift.standin.expressions import query

Run = Callable[..., list[list[Any]]]

MEANT = {
    "r_DATEDIFF_function: boundaries": ("datediff(month, cast('2024-01-31' as date), cast('2024-02-01' as date))", 1),
    "r_DATEDIFF_function: years": ("datediff(year, cast('2023-12-31' as date), cast('2024-01-01' as date))", 1),
    "r_DATEADD_function: the month's last day": ("dateadd(month, 1, cast('2024-01-31' as date))", datetime(2024, 2, 29)),
    "r_DATEADD_function: the same day": ("dateadd(month, 1, cast('2024-04-30' as date))", datetime(2024, 5, 30)),
    "r_ADD_MONTHS: the last stays the last": ("add_months(cast('2024-04-30' as date), 1)", datetime(2024, 5, 31)),
    "r_AVG: of integers, cut": ("(select avg(a) from (select 1 as a union all select 2) as t)", 1),
    "r_AVG: of decimals": (
        "(select avg(a) from (select cast(1.5 as numeric(4, 2)) as a) as t)",
        Decimal("1.50"),
    ),
    "r_CONCAT: null": ("concat('a', cast(null as varchar(3)))", None),
    "r_REGEXP_REPLACE: every occurrence": ("regexp_replace('aXbX', 'X', '-')", "a-b-"),
    "r_Character_types: a cast cuts bytes": ("cast('가나다' as varchar(7))", "가나"),
    "r_Character_types: a short cast too": ("('가' || '나다')::varchar(4)", "가"),
    "r_Character_types: 256 without a length": ("len(cast(repeat('a', 300) as varchar(256)))", 256),
    "CONVERT_TIMEZONE": ("convert_timezone('UTC', 'Asia/Seoul', cast('2024-06-30 20:00' as timestamp))", datetime(2024, 7, 1, 5)),
    "r_LISTAGG": ("(select listagg(a, ',') within group (order by a desc) from s.two)", "3,1"),
    "r_MEDIAN": ("(select median(a) from s.two)", 2.0),
    "r_NVL_function": ("nvl(null, 3)", 3),
    "r_LAST_DAY": ("last_day(cast('2024-02-10' as date))", date(2024, 2, 29)),
    "r_DATE_TRUNC: a timestamp for a date": ("date_trunc('month', cast('2024-02-10' as date))", datetime(2024, 2, 1)),
}


@pytest.mark.parametrize(("expression", "value"), MEANT.values(), ids=MEANT)
def test_an_expression_means_what_redshift_means(expression: str, value: Any, run: Run) -> None:
    run("create schema s")
    run("create table s.two (a int)")
    run("insert into s.two values (1), (3)")
    assert run(f"select {expression} as value") == [[value]]


@given(text=st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12), width=st.integers(1, 12))
def test_a_cast_keeps_whole_letters_within_the_bytes(text: str, width: int) -> None:
    """The rewriting leaves a literal alone, whatever is in it: what is cut is what the function is given."""
    written = "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"
    assert query(f"select cast({written} as varchar({width}))") == (
        f"select cast(rs.clipped(cast(({written} ) as text), {width}) as varchar({width}))"
    )


def test_clipped_text_is_the_longest_that_fits(run: Run) -> None:
    for text in ("가나다라", "a가b나", "🎬🎬", "abc", ""):
        for width in range(1, 13):
            whole = [text[:n] for n in range(len(text) + 1) if len(text[:n].encode()) <= width][-1]
            assert run(f"select cast('{text}' as varchar({width})) as cut") == [[whole]]


def test_c_serial_isolation_two_that_change_what_the_other_reads_meet_1023(run: Run, connect: Connect) -> None:
    run("create schema s")
    run("create table s.t (a int)")
    run("insert into s.t values (1)")
    first, second = connect(), connect()
    one, other = first.cursor(), second.cursor()
    one.execute("select sum(a) from s.t")
    other.execute("select sum(a) from s.t")
    one.execute("update s.t set a = 2")
    first.commit()
    with pytest.raises(redshift_connector.ProgrammingError, match="1023"):
        other.execute("update s.t set a = 3")
    second.rollback()
    assert run("select a from s.t") == [[2]]


def test_r_truncate_commits_its_transaction(run: Run, connect: Connect) -> None:
    run("create schema s")
    run("create table s.t (a int)")
    run("insert into s.t values (1)")
    connection = connect()
    cursor = connection.cursor()
    cursor.execute("truncate table s.t")
    connection.rollback()
    assert run("select count(*) from s.t") == [[0]]


def test_t_defining_constraints_a_primary_key_holds_nothing_but_not_null(run: Run) -> None:
    run("create schema s")
    run("create table s.t (a int, b int unique, primary key (a))")
    run("insert into s.t values (1, 1), (1, 1)")
    assert run("select count(*) from s.t") == [[2]]
    with pytest.raises(redshift_connector.ProgrammingError, match="null"):
        run("insert into s.t values (null, 1)")


@pytest.mark.parametrize("width", [5, 256])
def test_r_character_types_a_store_counts_bytes_and_never_cuts(run: Run, width: int) -> None:
    run("create schema s")
    run(f"create table s.t (a {'text' if width == 256 else f'varchar({width})'})")
    fits = "가" * (width // 3)
    run("insert into s.t values (%s)", fits)
    with pytest.raises(redshift_connector.ProgrammingError, match=f"8001(.|\n)*varying.{width}."):
        run("insert into s.t values (%s)", fits + "가")
    assert run("select a from s.t") == [[fits]]


def test_r_create_view_a_late_binding_view_outlives_its_table(run: Run) -> None:
    run("create schema s")
    run("create table s.t (a int, b varchar(9))")
    run("insert into s.t values (1, 'x')")
    run("create view s.v as (select a, b from s.t) with no schema binding;")
    run("drop table s.t")
    with pytest.raises(redshift_connector.ProgrammingError, match="does not exist"):
        run("select * from s.v")
    run("create table s.t (a int, b varchar(9))")
    run("insert into s.t values (2, 'y')")
    assert run("select * from s.v") == [[2, "y"]]


def test_r_create_view_a_bound_view_holds_its_table(run: Run) -> None:
    run("create schema s")
    run("create table s.t (a int)")
    run("create view s.v as select a from s.t")
    with pytest.raises(redshift_connector.ProgrammingError, match="depend"):
        run("drop table s.t")


def test_r_names_quoted_names_are_lower_case_too(run: Run) -> None:
    run("create schema s")
    run('create table s."Mixed" ("Name" int)')
    assert run('select "NAME" from s."MIXED"') == []


def test_r_alter_table_a_wider_column_not_in_a_transaction_and_never_narrower_than_its_data(run: Run, connect: Connect) -> None:
    run("create schema s")
    run("create table s.t (a varchar(3))")
    connection = connect()
    with pytest.raises(redshift_connector.ProgrammingError, match="transaction block"):
        connection.cursor().execute("alter table s.t alter column a type varchar(6)")
    connection.rollback()
    run("alter table s.t alter column a type varchar(6)")
    run("insert into s.t values ('가나')")
    with pytest.raises(redshift_connector.ProgrammingError, match="at least the length"):
        run("alter table s.t alter column a type varchar(3)")
    with pytest.raises(redshift_connector.ProgrammingError, match="8001"):
        run("insert into s.t values ('가나다')")


def test_what_the_stand_in_has_not_learned_is_refused_and_not_guessed(run: Run) -> None:
    for sql in ("select decode(1, 1, 'a')", "unload ('select 1') to 's3://b/p'", "set nothing_known to on"):
        with pytest.raises(redshift_connector.ProgrammingError, match="does not know"):
            run(sql)


def test_a_refused_statement_fails_its_transaction(run: Run, connect: Connect) -> None:
    run("create schema s")
    run("create table s.t (a int)")
    connection = connect()
    cursor = connection.cursor()
    cursor.execute("insert into s.t values (1)")
    with pytest.raises(redshift_connector.ProgrammingError, match="filter"):
        cursor.execute("select count(*) filter (where a > 1) from s.t")
    with pytest.raises(redshift_connector.ProgrammingError, match="aborted"):
        cursor.execute("insert into s.t values (2)")
    connection.rollback()
    assert run("select count(*) from s.t") == [[0]]


def test_r_pg_table_def_shows_the_design_of_what_is_in_the_search_path(run: Run) -> None:
    run("create schema s")
    run("create table s.t (a int, d date) diststyle key distkey (a) compound sortkey (d)")
    run("create table s.e (a int) diststyle even")
    asked = "select tablename, \"column\", distkey, sortkey from pg_table_def where schemaname = 's' order by 1, 2"
    assert run(asked) == []
    run("set search_path to s")
    assert run(asked) == [["e", "a", None, 0], ["t", "a", True, 0], ["t", "d", False, 1]]


def test_without_tls_no_client_is_served(connect: Connect) -> None:
    with pytest.raises(redshift_connector.InterfaceError, match="SSL is required"):
        connect(ssl=False)


def test_verify_full_refuses_a_certificate_of_nobody_known(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(Exception, match="certificate verify failed"):
        connect()


def test_r_svv_table_info_is_a_superusers_and_nobody_is_told_otherwise(run: Run) -> None:
    assert run("select has_table_privilege(current_user, 'svv_table_info', 'SELECT') as may") == [[False]]
    assert run("select has_table_privilege(current_user, 'pg_class', 'SELECT') as may") == [[True]]
    with pytest.raises(redshift_connector.ProgrammingError, match="superuser-view"):
        run("select * from svv_table_info")
