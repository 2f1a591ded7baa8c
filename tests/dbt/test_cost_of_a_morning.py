"""A daily run reads the rows of its days and films, however long the history is: counted, not timed.

The project is built on a history of one year, and on one of two. Then a morning comes, and it is counted how many rows of
each table PostgreSQL reads for freshness, dbt's run and the data tests. Scans of whole tables, hash joins and merge joins
are made dear, so that a query which has a bounded way takes it however small the tables of this test are; a query which
has none still reads everything, and shows.
"""

from collections import Counter

import pytest

from tests.dbt.history import fill, next_morning
from tests.dbt.warehouse import DATABASE, Warehouse

READ = """
    select schemaname || '.' || relname, coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)
    from pg_stat_user_tables
"""
DEAR = ("enable_seqscan", "enable_hashjoin", "enable_mergejoin")
DO_NOT_GROW = {"staging.korean_holiday", "analytics.dim_date", "analytics.holiday_window"}
"""As many rows after twenty years as after one."""


def rows_read(warehouse: Warehouse) -> Counter[str]:
    """By table, the rows read since the last reset, of all sessions that have ended."""
    return Counter({table: int(read) for table, read in warehouse.rows(READ)})


def a_morning(warehouse: Warehouse, years: int) -> tuple[Counter[str], Counter[str]]:
    """The rows that the morning after a full build of so many years reads of each table, and the rows that each holds then."""
    warehouse.start_from("empty")
    fill(warehouse, years)
    first = warehouse.dbt("build", "--exclude", "resource_type:test", "resource_type:unit_test")
    assert first.success, first.complaints
    next_morning(warehouse)
    warehouse.execute("vacuum analyze", *(f'alter database "{DATABASE}" set {name} = off' for name in DEAR))
    before = rows_read(warehouse)
    warehouse.dbt("source", "freshness")
    for command in (("run",), ("test", "--exclude", "test_type:unit")):
        done = warehouse.dbt(*command)
        assert done.success, done.complaints
    after = rows_read(warehouse)
    after.subtract(before)
    return after, Counter({table: warehouse.value(f"select count(*) from {table}") for table in after})


@pytest.mark.timeout(600)
def test_two_years_of_history_cost_a_morning_no_more_than_one(server: Warehouse) -> None:
    one, held_by_one = a_morning(server, 1)
    two, held_by_two = a_morning(server, 2)
    growing = {table for table in two if held_by_two[table] > 1.5 * held_by_one[table]}
    assert {"raw_data.daily_box_office", "analytics.fct_daily_box_office", "analytics.dim_movie"} <= growing
    assert not growing & DO_NOT_GROW
    assert {table: (one[table], two[table]) for table in growing if two[table] > 1.25 * one[table] + 100} == {}
