"""What Redshift refuses: the static check names the rule, and the stand-in refuses the same statement with an error."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import redshift_connector
import yaml

from tests.redshift.dialect import dashboards
from tests.redshift.dialect.__main__ import INCLUDE, check
from tests.redshift.dialect.check import findings
from tests.redshift.dialect.kinds import Kind
from tests.redshift.dialect.rules import RULES

Run = Callable[..., list[list[Any]]]

REFUSED = [
    ("function", "select string_agg(b, ',') from s.t"),
    ("function", "select array_agg(a) from s.t"),
    ("function", "select corr(a, a) from s.t"),
    ("function", "select to_timestamp(a) from s.t"),
    ("unknown-function", "select made_up(a) from s.t"),
    ("leader-node", "select now() from s.t"),
    ("leader-node", "select current_timestamp from s.t"),
    ("leader-node", "select a, current_schema() from s.t"),
    ("compute-node", "select listagg(a, ',') from (select 'x' as a union all select 'y') as t"),
    ("compute-node", "select median(a) from (select 1 as a) as t"),
    ("superuser-view", "select diststyle from svv_table_info where \"table\" = 't'"),
    ("datepart", "select extract(isodow from d) from s.t"),
    ("datepart", "select date_trunc('isoyear', d) from s.t"),
    ("type", "select b::jsonb from s.t"),
    ("type", "select cast(b as uuid) from s.t"),
    ("type-precision", "select cast(d as timestamp(3)) from s.t"),
    ("varchar-length", "select cast(b as varchar(65536)) from s.t"),
    ("unsized-text", "select cast(b as text) from s.t"),
    ("array", "select array[a] from s.t"),
    ("filter", "select count(*) filter (where a > 1) from s.t"),
    ("distinct-on", "select distinct on (a) a, b from s.t order by a"),
    ("count-distinct-multi", "select count(distinct (a, b)) from s.t"),
    ("window-frame", "select sum(a) over (partition by b order by d) from s.t"),
    ("range-frame", "select sum(a) over (order by a range between 1 preceding and current row) from s.t"),
    ("named-window", "select rank() over w from s.t window w as (order by a)"),
    ("within-group", "select listagg(b) within group (order by a), listagg(b) within group (order by d) from s.t"),
    ("listagg-window", "select listagg(b) over (partition by a order by d) from s.t"),
    ("percentile-disc", "select percentile_disc(0.5) within group (order by a) from s.t"),
    ("qualify-alias", "select a from s.t qualify row_number() over (order by a) = 1"),
    ("recursive-cte", "with recursive r as (select 1 as n union all select n + 1 from r where n < 3) select n from r, s.t"),
    ("values-table", "select x from (values (1), (2)) as v(x)"),
    ("operator", "select a from s.t where b ~* 'x'"),
    ("operator", "select a from s.t where b is not distinct from 'x'"),
    ("lateral", "select t.a from s.t, lateral (select 1) as l"),
    ("returning", "insert into s.t (a) values (1) returning a"),
    ("on-conflict", "insert into s.t (a) values (1) on conflict do nothing"),
    ("tablesample", "select a from s.t tablesample system (10)"),
    ("fetch-first", "select a from s.t fetch first 1 rows only"),
    ("concat-args", "select concat(b, b, b) from s.t"),
    (
        "merge",
        "merge into s.t using s.u on t.a = u.a when matched and t.a > 1 then delete",
    ),
    ("identifier-length", f"select a as {'x' * 128} from s.t"),
    ("correlated-join", "select t.a from s.t left join s.u on u.a = (select max(a) from s.u as v where v.a = t.a)"),
    ("argument-type", "select dateadd(day, 1, cast(b as timestamptz)) from s.t"),
    ("argument-type", "select date_trunc('day', cast(b as timestamptz)) from s.t"),
    ("argument-type", "select repeat(b, cast(a as bigint)) from s.t"),
    ("argument-type", "select cast(b as date) at time zone 'UTC' from s.t"),
    ("unparsed", "select from where"),
]


LOSSY = [
    ("decimal-digits", "select coalesce(cast(a as decimal(28, 8)), 0) from s.t"),
    ("decimal-digits", "select cast(a as decimal(28, 8)) as x from s.t union all select a from s.t"),
    ("decimal-digits", "with m as (select sum(cast(a as decimal(18, 4))) as x from s.t) select x from m union select 1.5"),
    ("decimal-digits", "select case when a > 1 then 1.5 else cast(a as decimal(9, 4)) / cast(a as bigint) end from s.t"),
]


@pytest.mark.parametrize(("rule", "sql"), LOSSY)
def test_what_may_fail_on_large_values_is_named(rule: str, sql: str) -> None:
    assert rule in {finding.rule for finding in findings(sql)}


@pytest.fixture
def tables(run: Run) -> Run:
    run("create schema s")
    run("create table s.t (a bigint, b varchar(64), d date)")
    run("create table s.u (a bigint)")
    return run


@pytest.mark.parametrize(
    ("rule", "sql"), REFUSED, ids=[f"{RULES[rule].source.replace(' ', '-')}-{rule}-{at}" for at, (rule, _) in enumerate(REFUSED)]
)
def test_what_redshift_lacks_is_named_and_refused(rule: str, sql: str, tables: Run) -> None:
    assert rule in {finding.rule for finding in findings(sql)}
    with pytest.raises(redshift_connector.ProgrammingError, match=rule):
        tables(sql)


def test_every_rule_is_tried() -> None:
    assert {rule for rule, _ in (*REFUSED, *LOSSY)} == set(RULES)


DDL = {
    "c_unsupported-postgresql-features: index": ("create index i on s.t (a)", "CREATE INDEX"),
    "c_unsupported-postgresql-features: sequence": ("create sequence s.q", "SEQUENCE"),
    "c_unsupported-postgresql-features: check": ("create table s.x (a int check (a > 0))", "CHECK"),
    "c_unsupported-postgresql-features: savepoint": ("savepoint x", "SAVEPOINT"),
    "c_unsupported-postgresql-datatypes: json": ("create table s.x (a jsonb)", "unsupported type"),
    "c_unsupported-postgresql-datatypes: serial": ("create table s.x (a serial)", "unsupported type"),
    "r_Character_types: 65535": ("create table s.x (a varchar(65536))", "65535"),
    "r_Numeric_types201: precision 38": ("create table s.x (a decimal(39, 2))", "38"),
    "r_CREATE_TABLE_NEW: key without a column": ("create table s.x (a int) sortkey (b)", "named in key does not exist"),
    "r_CREATE_TABLE_NEW: dist key of AS": ("create table s.x distkey (z) as select 1 as a", "named in key does not exist"),
    "r_CREATE_TABLE_NEW: diststyle key": ("create table s.x (a int) diststyle key", "DISTKEY"),
    "r_CREATE_TABLE_NEW: dist key and even": ("create table s.x (a int) diststyle even distkey (a)", "DISTKEY"),
    "r_CREATE_TABLE_NEW: unknown style": ("create table s.x (a int) diststyle some", "syntax error"),
    "r_CREATE_TABLE_NEW: unknown encoding": ("create table s.x (a int encode gzip)", "encoding"),
    "r_CREATE_TABLE_NEW: nine interleaved": (
        "create table s.x (" + ", ".join(f"c{n} int" for n in range(9)) + ") interleaved sortkey ("
        + ", ".join(f"c{n}" for n in range(9)) + ")",
        "at most 8",
    ),
    "r_CREATE_TABLE_AS: a width that would be derived": ("create table s.x as select 'a' || 'b' as a", "no length"),
    "r_ALTER_TABLE: another type": ("alter table s.t alter column a type int", "only the length of a VARCHAR"),
}  # fmt: skip


@pytest.mark.parametrize(("sql", "says"), DDL.values(), ids=DDL)
def test_a_table_that_redshift_would_not_make_is_not_made(sql: str, says: str, tables: Run) -> None:
    with pytest.raises(redshift_connector.ProgrammingError, match=says):
        tables(sql)


TAKEN = [
    "select listagg(b, ', ') within group (order by a), median(a) from s.t",
    "select sum(a) over (partition by b order by d rows unbounded preceding), lag(a) over (order by d) from s.t",
    "select dateadd(month, 1, d), datediff(day, d, getdate()), date_trunc('month', d), extract(dow from d) from s.t",
    "select nvl(a, 0), cast(b as varchar(10)), b || 'x', coalesce(a, 1) from s.t where d > current_date - 7",
    "select approximate count(distinct a) from s.t",
    "with recursive r(n) as (select 1 union all select n + 1 from r where n < 3) select n from r",
    "merge into s.t using s.u on t.a = u.a when matched then update set a = u.a when not matched then insert (a) values (u.a)",
    "select relname, current_schema() from pg_class",
    "delete from s.t where a in (select a from s.u)",
    "insert into s.t (a) values (1), (2)",
]


TAKEN += [
    "select coalesce(cast(a as decimal(18, 4)), 0), coalesce(sum(a), 0) from s.t group by a",
    "select cast(sum(cast(a as decimal(18, 4))) as decimal(18, 4)) as x from s.t union all select 1.5",
    "select dateadd(day, 1, d), date_trunc('day', cast(b as timestamp)), to_char(cast(b as timestamptz), 'YYYY') from s.t",
    "select repeat(b, cast(a as integer)), cast(b as timestamptz) at time zone 'Asia/Seoul' from s.t",
]


@pytest.mark.parametrize("sql", TAKEN)
def test_what_redshift_takes_is_not_reported(sql: str) -> None:
    assert findings(sql) == []


def test_a_model_that_redshift_would_refuse_is_reported_with_its_file_and_the_rule(tmp_path: Path) -> None:
    lines = check({"models/marts/bad.sql (bad)": ("select count(*) filter (where a > 1), b::jsonb from s.t", {})})
    assert [line.split(": ")[0] for line in lines] == ["models/marts/bad.sql (bad)"] * 2
    assert "[filter]" in lines[0]
    assert "[type]" in lines[1]
    assert "django-redshift-backend" in lines[0]


def test_the_types_of_columns_are_known_to_the_check() -> None:
    """A query that casts nothing rests on the contracts' types."""
    columns = {"share": Kind("decimal", 28, 8), "at": Kind("timestamptz")}
    query = "select coalesce(share, 0), dateadd(day, 1, at) from analytics.season_genre"
    assert [finding.rule for finding in findings(query, columns)] == ["decimal-digits", "argument-type"]
    assert findings(query) == []


def test_the_sql_of_dashboards_is_checked_wherever_somebody_wrote_it(tmp_path: Path) -> None:
    dataset = {
        "table_name": "made", "uuid": "1", "sql": "select string_agg(a, ',') as a from analytics.x",
        "columns": [{"column_name": "at", "type": "TIMESTAMP WITH TIME ZONE"}, {"column_name": "b", "expression": "b::jsonb"}],
        "metrics": [{"metric_name": "m", "expression": "dateadd(day, 1, MAX(at))"}],
    }  # fmt: skip
    own = [{"clause": "WHERE", "expressionType": "SQL", "sqlExpression": "b ~* 'x'"}]
    own += [{"expressionType": "SQL", "sqlExpression": "b::uuid"}]
    chart = {"dataset_uuid": "1", "params": {"adhoc_filters": own}}
    for place, content in (("datasets/warehouse/made.yaml", dataset), ("charts/made.yaml", chart)):
        (tmp_path / place).parent.mkdir(parents=True)
        (tmp_path / place).write_text(yaml.safe_dump(content))
    found = {line.partition("]")[0] for line in check(dashboards.queries(tmp_path))}
    assert found >= {
        "datasets/warehouse/made.yaml: [function",
        "datasets/warehouse/made.yaml (b): [type",
        "datasets/warehouse/made.yaml (m): [argument-type",
        "charts/made.yaml (1): [operator",
        "charts/made.yaml (2): [type",
    }


def test_every_expression_of_the_bundle_is_among_what_is_checked() -> None:
    words = ("expression:", "sqlExpression:", "sql: |-")
    lines = [line for file in (INCLUDE / "superset").rglob("*.yaml") for line in file.read_text().splitlines()]
    written = [line for line in lines if line.strip().startswith(words) and "null" not in line]
    assert len(dashboards.queries(INCLUDE / "superset")) == len(written) > 90
