"""How long each dashboard chart's query takes on 20 years of daily history, and what a daily dbt run then costs.

Run it from the repository's root; it takes about five minutes and 2 GB of disk, and is no part of the tests:

    .venv/bin/python -m benchmarks.marts_20_years

A throw-away PostgreSQL is filled with made-up films and lists (five filter sets of ten films a day, each day captured on
the seven mornings after it), built with `dbt build`, and asked what the charts ask. Then one more morning is loaded and
run. Nothing here is KOFIC's.
"""

import argparse
import itertools
import json
import os
import random
import socket
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg2
import yaml

from include.kofic.tables import RAW_TABLES
from tests.dbt.conftest import POSTGRES_BIN
from tests.dbt.warehouse import DATABASE, PROJECT, Row, Warehouse

FIRST_DAY = date(2006, 1, 1)
LAST_DAY = date(2025, 12, 31)
FILMS = 12_000
DAYS_SHOWN = 70
CAPTURES = 7
TARGET_MS = 300
FILTER_SETS = (("ALL", "ALL"), ("ALL", "K"), ("ALL", "F"), ("Y", "ALL"), ("N", "ALL"))
GENRES = (
    "드라마",
    "액션",
    "코미디",
    "멜로/로맨스",
    "스릴러",
    "공포(호러)",
    "애니메이션",
    "다큐멘터리",
    "SF",
    "판타지",
    "범죄",
    "가족",
)
MORNING = timedelta(hours=1, minutes=30)
"""10:30 in Seoul, in UTC."""

LABELS = "nation_nm in ('한국', '외국') and film_type_nm in ('다양성', '상업')"
_FILM_PERFORMANCE = (PROJECT / "models" / "marts" / "film_performance.yml").read_text(encoding="utf-8")
CORRELATION = yaml.safe_load(_FILM_PERFORMANCE)["models"][0]["config"]["meta"]["correlation_screens_sales"]
QUERIES = {
    "1a scatter: peak screens x sales, every film": (
        "select movie_nm, nation_nm, max(peak_screens), max(total_sales) from analytics.film_performance "
        f"where {LABELS} group by 1, 2"
    ),
    "1b scatter: peak screens x admissions, every film": (
        "select movie_nm, nation_nm, max(peak_screens), max(total_admissions) from analytics.film_performance group by 1, 2"
    ),
    "1a correlation and number of films": f"select {CORRELATION}, count(*) from analytics.film_performance",
    "1c top 10 films: screens, sales, sales per screen": (
        "select movie_nm, sum(peak_screens), sum(total_sales), sum(total_sales) / nullif(sum(peak_screens), 0) "
        "from analytics.film_performance group by 1 order by 3 desc limit 10"
    ),
    "2a sales and admissions of the top 20 films": (
        "select movie_nm, sum(total_sales), sum(total_admissions) from analytics.film_performance "
        "group by 1 order by 2 desc limit 20"
    ),
    "2b mean sales and admissions per weekday": (
        "select iso_weekday, weekday_nm, sum(sales) / count(distinct target_date), sum(admissions) / count(distinct target_date) "
        "from analytics.daily_totals group by 1, 2 order by 1"
    ),
    "2c sales by day, whole series": "select target_date, sum(sales) from analytics.daily_totals group by 1 order by 1",
    "2d bubble: films of the last 12 months": (
        "select movie_nm, genre_nm, sum(total_sales), sum(total_admissions), max(peak_screens) from analytics.film_performance "
        "where open_dt > (select max(last_charted_date) - 365 from analytics.film_performance) group by 1, 2"
    ),
    "3a stacked bar: season x genre": (
        "select season_order, season_nm, genre_nm, sum(admissions_even) from analytics.season_genre group by 1, 2, 3"
    ),
    "3b pivot: season of each year x genre": (
        "select season_label, genre_nm, sum(admissions_even), sum(admissions_full) from analytics.season_genre group by 1, 2"
    ),
    "3c pie: genres on one holiday, every year": (
        "select genre_nm, sum(admissions_even) from analytics.holiday_genre where holiday_nm = '설날' group by 1 order by 2 desc"
    ),
    "4a distributors' sales by month, the top 10": (
        "with top as (select company_nm from analytics.company_month where company_part_nm = '배급사' group by 1 "
        "order by sum(sales_even) desc limit 10) select month_start, company_nm, sum(sales_even) from analytics.company_month "
        "inner join top using (company_nm) where company_part_nm = '배급사' group by 1, 2"
    ),
    "4b company ranking: sales, films, mean per film": (
        "select company_nm, sum(sales_even), count(distinct movie_cd), sum(sales_even) / count(distinct movie_cd) "
        "from analytics.company_month where company_part_nm = '제작사' group by 1 order by 2 desc limit 50"
    ),
    "4c actors' ranking, films named": (
        "select person_nm, sum(total_sales), count(distinct movie_cd), string_agg(distinct movie_nm, ', ') "
        "from analytics.person_film where credit_nm = '배우' group by 1 order by 2 desc limit 30"
    ),
    "4d directors' ranking": (
        "select person_nm, sum(total_sales), count(distinct movie_cd) from analytics.person_film where credit_nm = '감독' "
        "group by 1 order by 2 desc limit 30"
    ),
    "4e heat map: distributor x month, last 3 years": (
        "select month_start, company_nm, sum(sales_even) from analytics.company_month where company_part_nm = '배급사' "
        "and month_start >= (select max(month_start) - 1095 from analytics.company_month) group by 1, 2"
    ),
    "5a yesterday's box office": "select * from analytics.latest_box_office order by rank",
    "5b month by month, each year": (
        "select year_no, month_no, sum(sales), sum(admissions) from analytics.daily_totals group by 1, 2 order by 1, 2"
    ),
    "5c shares by nation and film type": (
        "select nation_nm, film_type_nm, sum(sales), sum(admissions) from analytics.daily_totals group by 1, 2"
    ),
    "6a tables": "select * from analytics.data_table_status order by 1",
    "6b missing days": (
        "select date_trunc('month', target_date), sum(case when is_missing then 1 else 0 end), sum(rows_captured) "
        "from analytics.data_missing_day group by 1 order by 1"
    ),
    "6c rejected records by reason": (
        "select table_name, reason, sum(rejected_records) from analytics.data_rejected group by 1, 2 order by 3 desc"
    ),
    "6d revisions by days after": (
        "select days_after, sum(rows_compared), sum(rows_revised), sum(admissions_revised), max(largest_change_pct) "
        "from analytics.data_revision where days_after <= 30 group by 1 order by 1"
    ),
    "6e calls of each day": "select captured_on, attempts, quota, quota_share from analytics.data_api_call order by 1",
    "filter values: films": "select distinct movie_nm from analytics.film_performance order by 1",
    "filter values: distributors": "select distinct distributor_nm from analytics.film_performance order by 1",
}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def throw_away_postgres(home: Path) -> Iterator[int]:
    """A PostgreSQL on a free loopback port; gone afterwards."""
    data, port = home / "data", _free_port()
    as_user = ["unshare", "--user", "--map-user=1000", "--map-group=1000"] if os.geteuid() == 0 else []

    def run(program: str, *arguments: str) -> None:
        subprocess.run(
            [*as_user, str(POSTGRES_BIN / program), "-D", str(data), *arguments],
            check=True,
            stdout=subprocess.DEVNULL,
            timeout=120,
        )

    run("initdb", "--username=warehouse", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off -c timezone=UTC"
    run("pg_ctl", "start", "--wait", "-o", options, "-l", str(home / "log"))
    try:
        yield port
    finally:
        run("pg_ctl", "stop", "--wait", "--mode=immediate")


def made_up_films(chance: random.Random) -> list[dict[str, Any]]:
    """Films opening evenly over the years, few of them big."""
    span = (LAST_DAY - FIRST_DAY).days
    return [
        {
            "code": f"{n:08d}",
            "name": f"영화 {n}",
            "opens": FIRST_DAY + timedelta(days=n * span // FILMS),
            "nation": chance.choice("KF"),
            "diversity": chance.choice("YYN"),
            "first_day": int(chance.lognormvariate(7.5, 1.6)) + 5,
            "fade": chance.uniform(0.86, 0.97),
            "screens": chance.randint(1, 4),
            "seen": 0,
            "before": 0,
        }
        for n in range(FILMS)
    ]


def daily_lists(films: list[dict[str, Any]], chance: random.Random) -> Iterator[list[Row]]:
    """The rows of each day's five lists, from the first day on; running totals hold from day to day."""
    ranks: dict[tuple[str, str], dict[str, int]] = {filters: {} for filters in FILTER_SETS}
    showing: list[dict[str, Any]] = []
    coming = iter([*films, {"opens": date.max}])
    following = next(coming)
    for number in range((LAST_DAY - FIRST_DAY).days + 1):
        day = FIRST_DAY + timedelta(days=number)
        while following["opens"] <= day:
            showing.append(following)
            following = next(coming)
        showing = [film for film in showing if (day - film["opens"]).days < DAYS_SHOWN]
        for film in showing:
            age = (day - film["opens"]).days
            weekend = 2 if day.weekday() >= 5 else 1
            film["today"] = int(film["first_day"] * film["fade"] ** age * weekend * chance.uniform(0.8, 1.2)) + 1
            film["seen"] += film["today"]
        showing.sort(key=lambda film: -film["today"])
        rows = []
        for filters in FILTER_SETS:
            diversity, nation = filters
            listed = [film for film in showing if diversity in ("ALL", film["diversity"]) and nation in ("ALL", film["nation"])][
                :10
            ]
            whole = sum(film["today"] for film in listed) * 1.1
            for rank, film in enumerate(listed, start=1):
                rows.append(_row(day, filters, rank, film, ranks[filters].get(film["code"]), whole))
            ranks[filters] = {film["code"]: rank for rank, film in enumerate(listed, start=1)}
        for film in showing:
            film["before"] = film["today"]
        yield rows


def _row(day: date, filters: tuple[str, str], rank: int, film: dict[str, Any], rank_before: int | None, whole: float) -> Row:
    inten = film["today"] - film["before"]
    change = Decimal(100 * inten) / film["before"] if film["before"] else Decimal(100)
    return {
        "target_date": day,
        "multi_movie_yn": filters[0],
        "rep_nation_cd": filters[1],
        "wide_area_cd": "ALL",
        "rnum": rank,
        "rank": rank,
        "rank_inten": rank_before - rank if rank_before else 0,
        "rank_old_and_new": "OLD" if rank_before else "NEW",
        "movie_cd": film["code"],
        "movie_nm": film["name"],
        "open_dt": film["opens"],
        "sales_amt": film["today"] * 9_500,
        "sales_share": round(Decimal(100 * film["today"] / whole), 1),
        "sales_inten": inten * 9_500,
        "sales_change": round(change, 2),
        "sales_acc": film["seen"] * 9_500,
        "audi_cnt": film["today"],
        "audi_inten": inten,
        "audi_change": round(change, 2),
        "audi_acc": film["seen"],
        "scrn_cnt": film["today"] * film["screens"] // 200 + 1,
        "show_cnt": film["today"] * film["screens"] // 40 + 1,
    }


def master_data(films: list[dict[str, Any]], chance: random.Random) -> dict[str, list[Row]]:
    """The films' tables."""
    rows: dict[str, list[Row]] = {table.name: [] for table in RAW_TABLES if table.name.startswith("movie")}
    for film in films:
        code = {"movie_cd": film["code"]}
        rows["movie"].append({**code, "known_to_api": True, "movie_nm": film["name"], "open_dt": film["opens"]})
        rows["movie_nation"].append({**code, "position": 1, "nation_nm": "한국" if film["nation"] == "K" else "미국"})
        for table, field, names in (
            ("movie_genre", "genre_nm", chance.sample(GENRES, chance.randint(0, 3))),
            ("movie_actor", "people_nm", [f"배우 {chance.randint(1, 6000)}" for _ in range(10)]),
            ("movie_director", "people_nm", [f"감독 {chance.randint(1, 4000)}"]),
        ):
            rows[table] += [{**code, "position": place, field: name} for place, name in enumerate(names, start=1)]
        parts = ["배급사"] * chance.randint(1, 2) + ["제작사"] * chance.randint(0, 3)
        for place, part in enumerate(parts, start=1):
            company = int(chance.paretovariate(0.6)) % 800
            rows["movie_company"].append(
                {
                    **code,
                    "position": place,
                    "company_cd": f"C{company}",
                    "company_nm": f"영화사 {company}",
                    "company_part_nm": part,
                }
            )
    return rows


CAPTURE_AGAIN = """
    insert into raw_data.daily_box_office
    select
        target_date, multi_movie_yn, rep_nation_cd, wide_area_cd, rnum, rank, rank_inten, rank_old_and_new, movie_cd, movie_nm,
        open_dt, sales_amt, sales_share, sales_inten, sales_change, sales_acc,
        case
            when target_date <= date '{last}' - 7 then greatest(audi_cnt - greatest(3 - {n}, 0) * mod(rank, 2), 0)
            else audi_cnt
        end,
        audi_inten, audi_change, audi_acc, scrn_cnt, show_cnt,
        captured_at + interval '1 day' * ({n} - {captures}),
        'raw/daily_box_office/captured_on=' || to_char(target_date + {n}, 'YYYY-MM-DD') || '/run.parquet'
    from raw_data.daily_box_office
    where source_object like '%made_up%' and target_date + {n} <= date '{last}' + 1
"""
AUDIT = """
    insert into raw_data.load_audit
    select 'daily_box_office', source_object, count(*), max(captured_at) + interval '10 minutes'
    from raw_data.daily_box_office where {which} group by source_object
"""
CALLS = """
    insert into raw_data.api_call
    select 'boxoffice/searchDailyBoxOfficeList', '{"n": ' || call.n || '}', 1, 10, 0, 300 + call.n,
        day.day + interval '1 hour 30 minutes',
        'raw/api_call/' || to_char(day.day, 'YYYY-MM-DD')
    from generate_series(timestamptz '2006-01-02', timestamptz '2026-01-01', interval '1 day') as day (day)
    cross join generate_series(1, 40) as call (n)
"""
REJECTED = """
    insert into raw_data.rejected_record
    select 'movie', 'movie/searchMovieInfo', '{}', 'openDt is no day', 1, 1, '{}', day.day + interval '1 hour 30 minutes',
        'raw/rejected_record/' || to_char(day.day, 'YYYY-MM-DD')
    from generate_series(timestamptz '2006-01-02', timestamptz '2026-01-01', interval '20 days') as day (day)
"""


def _last_capture(target_date: date) -> datetime:
    return datetime.combine(target_date + timedelta(days=CAPTURES), datetime.min.time(), UTC) + MORNING


def fill(warehouse: Warehouse) -> None:
    """Twenty years of raw history, with the loader's indexes."""
    chance = random.Random(20)
    films = made_up_films(chance)
    for year, days in itertools.groupby(daily_lists(films, chance), key=lambda day: day[0]["target_date"].year):
        rows = [row | {"captured_at": _last_capture(row["target_date"])} for day in days for row in day]
        warehouse.load("daily_box_office", rows, f"made_up_{year}")
    for table_name, listed in master_data(films, chance).items():
        warehouse.load(table_name, listed, "made_up")
    statements = [CAPTURE_AGAIN.format(n=n, last=LAST_DAY, captures=CAPTURES) for n in range(1, CAPTURES + 1)]
    warehouse.execute(
        *statements,
        "delete from raw_data.daily_box_office where source_object like '%made_up%'",
        "delete from raw_data.load_audit where table_name = 'daily_box_office'",
        AUDIT.format(which="true"),
        CALLS,
        REJECTED,
    )
    for table in RAW_TABLES:
        for column in ("source_object", "target_date"):
            if column in {each.name for each in table.columns}:
                warehouse.execute(f"create index on raw_data.{table.name} ({column})")
    warehouse.execute("vacuum analyze")


def next_morning(warehouse: Warehouse) -> None:
    """One more object: the last six days captured once more, and the newest as it was."""
    warehouse.execute(
        f"""
        insert into raw_data.daily_box_office
        select distinct on (target_date, multi_movie_yn, rep_nation_cd, wide_area_cd, movie_cd)
            {", ".join(column.name for column in RAW_TABLES[0].columns if column.name not in ("captured_at", "source_object"))},
            timestamptz '{LAST_DAY + timedelta(days=2)} 01:30:00+00', 'raw/daily_box_office/captured_on=next/run.parquet'
        from raw_data.daily_box_office where target_date > date '{LAST_DAY}' - 7
        order by target_date, multi_movie_yn, rep_nation_cd, wide_area_cd, movie_cd, captured_at desc
        """,
        AUDIT.format(which="source_object like '%=next/%'"),
    )


def milliseconds(cursor: Any, query: str, times: int) -> tuple[float, int]:
    """The median time of a query, fetched to its last row, and how many rows it has."""
    taken, found = [], 0
    for _ in range(times):
        start = time.perf_counter()
        cursor.execute(query)
        found = len(cursor.fetchall())
        taken.append(1000 * (time.perf_counter() - start))
    return statistics.median(taken), found


def tell(*words: object) -> None:
    print(*words, flush=True)  # noqa: T201


def dbt(warehouse: Warehouse, what: str, *arguments: str) -> None:
    """Run dbt and tell how long it took, and which models took the longest."""
    start = time.perf_counter()
    done = warehouse.dbt(*arguments)
    if not done.success:
        raise SystemExit(f"{what} failed: {done.complaints}")
    tell(f"{what}: {time.perf_counter() - start:.1f} s")
    ran = json.loads((warehouse.work / "target" / "run_results.json").read_text(encoding="utf-8"))["results"]
    slowest = sorted(ran, key=lambda node: -node["execution_time"])[:12]
    tell("  " + ", ".join(f"{node['unique_id'].split('.')[2]} {node['execution_time']:.1f}" for node in slowest))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=9, help="runs of each query; the median counts")
    times = parser.parse_args().times
    with tempfile.TemporaryDirectory(prefix="marts_20_years") as home, throw_away_postgres(Path(home)) as port:
        for name, value in {
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "USER": "warehouse",
            "PASSWORD": "",
            "DATABASE": DATABASE,
        }.items():
            os.environ[f"WAREHOUSE_{name}"] = value
        os.environ["DO_NOT_TRACK"] = "1"
        warehouse = Warehouse(port, Path(home))
        warehouse.execute(f'create database "{DATABASE}"', database="postgres")
        warehouse.create_raw_tables()
        start = time.perf_counter()
        fill(warehouse)
        captures = warehouse.value("select count(*) from raw_data.daily_box_office")
        tell(f"filled: {captures:,} captured rows, {FILMS:,} films: {time.perf_counter() - start:.0f} s")

        dbt(warehouse, "first dbt build, with its data tests", "build", "--exclude", "test_type:unit")
        with psycopg2.connect(host="127.0.0.1", port=port, user="warehouse", dbname=DATABASE) as connection:
            cursor = connection.cursor()
            measured = {name: milliseconds(cursor, query, times) for name, query in QUERIES.items()}
        next_morning(warehouse)
        dbt(warehouse, "the next morning's dbt run", "run")
        dbt(warehouse, "the next morning's dbt test", "test", "--exclude", "test_type:unit")

    tell(f"\n| query | rows | median of {times}, ms |\n|---|---:|---:|")
    for name, (median, found) in measured.items():
        tell(f"| {name} | {found:,} | {median:.1f} |")
    slow = [name for name, (median, _) in measured.items() if median >= TARGET_MS]
    tell(f"\nover {TARGET_MS} ms: {', '.join(slow) or 'none'}")
    raise SystemExit(1 if slow else 0)


if __name__ == "__main__":
    main()
