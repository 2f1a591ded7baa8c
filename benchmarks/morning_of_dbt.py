"""What a morning of dbt costs after 1, 10 and 20 years of daily history, and what it would cost to build everything.

    .venv/bin/python -m benchmarks.morning_of_dbt

On a PostgreSQL of its own, a made-up history with all five filter sets is built; then a morning is loaded, of which run and data
tests are timed. It takes about five minutes and 3 GB of disk. Nothing here is KOFIC's.
"""

import argparse

from benchmarks.stack import bench_stack, dbt, tell, warehouse_of
from tests.history import fill, make_indexes, next_morning

NO_TESTS = ("--exclude", "resource_type:test", "resource_type:unit_test")
DATA_TESTS = ("test", "--exclude", "test_type:unit")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--years", type=int, nargs="+", default=[1, 10, 20], help="lengths of history")
    rows = [_measured(years) for years in parser.parse_args().years]
    tell("\n| years | captured rows | a morning: run, s | its tests, s | everything: run, s |")
    tell("|---:|---:|---:|---:|---:|")
    for years, captured, *seconds in rows:
        tell(f"| {years} | {captured:,} | " + " | ".join(f"{each:.1f}" for each in seconds) + " |")


def _measured(years: int) -> tuple[float, ...]:
    with bench_stack() as stack:
        warehouse = warehouse_of(stack)
        warehouse.create_raw_tables()
        fill(warehouse, years)
        make_indexes(warehouse)
        tell(f"\n{years} years")
        dbt(warehouse, "first build", "build", *NO_TESTS)
        next_morning(warehouse)
        warehouse.execute("vacuum analyze")
        morning = dbt(warehouse, "a morning's run", "run"), dbt(warehouse, "its data tests", *DATA_TESTS)
        everything = dbt(warehouse, "everything, as a full refresh", "run", "--full-refresh")
        captured = warehouse.value("select count(*) from raw_data.daily_box_office")
        return (years, captured, *morning, everything)


if __name__ == "__main__":
    main()
