"""Years of made-up raw history: five filter sets of ten films a day, each day captured on the seven mornings after it."""

import itertools
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from include.kofic.tables import DAILY_BOX_OFFICE, LOAD_AUDIT, RAW_TABLES
from include.kofic.warehouse.postgres import indexed_columns
from tests.dbt.warehouse import Row, Warehouse

LAST_DAY = date(2025, 12, 31)
FILMS_A_YEAR = 600
DAYS_SHOWN = 70
CAPTURES = 7
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


def first_day(years: int) -> date:
    """The first target date of so many years of history."""
    return date(LAST_DAY.year + 1 - years, 1, 1)


def made_up_films(years: int) -> list[dict[str, Any]]:
    """Films opening evenly over the years, few of them big; the films of the last year are the same however many came before."""
    films = [_film(n) for n in range(FILMS_A_YEAR * years)]
    return sorted(films, key=lambda film: str(film["code"]))


def _film(number: int) -> dict[str, Any]:
    """The film so many before the last one."""
    chance = random.Random(number)
    return {
        "code": f"{20_000_000 - number}",
        "name": f"영화 {number}",
        "opens": LAST_DAY - timedelta(days=number * 366 // FILMS_A_YEAR),
        "nation": chance.choice("KF"),
        "diversity": chance.choice("YYN"),
        "first_day": int(chance.lognormvariate(7.5, 1.6)) + 5,
        "fade": chance.uniform(0.86, 0.97),
        "screens": chance.randint(1, 4),
        "seen": 0,
        "before": 0,
    }


def daily_lists(films: list[dict[str, Any]], years: int) -> Iterator[list[Row]]:
    """The rows of each day's five lists, from the first day on; running totals hold from day to day."""
    ranks: dict[tuple[str, str], dict[str, int]] = {filters: {} for filters in FILTER_SETS}
    showing: list[dict[str, Any]] = []
    coming = iter([*films, {"opens": date.max}])
    following = next(coming)
    for number in range((LAST_DAY - first_day(years)).days + 1):
        day = first_day(years) + timedelta(days=number)
        while following["opens"] <= day:
            showing.append(following)
            following = next(coming)
        showing = [film for film in showing if (day - film["opens"]).days < DAYS_SHOWN]
        for film in showing:
            age = (day - film["opens"]).days
            weekend = 2 if day.weekday() >= 5 else 1
            weather = random.Random(f"{film['code']} {age}").uniform(0.8, 1.2)
            film["today"] = int(film["first_day"] * film["fade"] ** age * weekend * weather) + 1
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


def master_data(films: list[dict[str, Any]]) -> dict[str, list[Row]]:
    """The films' tables."""
    rows: dict[str, list[Row]] = {table.name: [] for table in RAW_TABLES if table.name.startswith("movie")}
    for film in films:
        code, chance = {"movie_cd": film["code"]}, random.Random(film["name"])
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
    select
        'daily_box_office', source_object, count(*), min(target_date), max(target_date),
        max(captured_at) + interval '10 minutes'
    from raw_data.daily_box_office where {which} group by source_object
"""
CALLS = """
    insert into raw_data.api_call
    select 'boxoffice/searchDailyBoxOfficeList', '{{"n": ' || call.n || '}}', 1, 10, 0, 300 + call.n,
        day.day + interval '1 hour 30 minutes',
        'raw/api_call/captured_on=' || to_char(day.day, 'YYYY-MM-DD') || '/run.parquet'
    from generate_series(timestamptz '{first}', timestamptz '{last}', interval '1 day') as day (day)
    cross join generate_series(1, 40) as call (n)
"""
REJECTED = """
    insert into raw_data.rejected_record
    select 'movie', 'movie/searchMovieInfo', '{{}}', 'openDt is no day', 1, 1, '{{}}', null,
        day.day + interval '1 hour 30 minutes',
        'raw/rejected_record/captured_on=' || to_char(day.day, 'YYYY-MM-DD') || '/run.parquet'
    from generate_series(timestamptz '{first}', timestamptz '{last}', interval '20 days') as day (day)
"""


def _last_capture(target_date: date, captures: int) -> datetime:
    return datetime.combine(target_date + timedelta(days=captures), datetime.min.time(), UTC) + MORNING


def fill(warehouse: Warehouse, years: int, captures: int = CAPTURES) -> None:
    """So many years of raw history in empty tables, each day captured on so many mornings."""
    films = made_up_films(years)
    for year, days in itertools.groupby(daily_lists(films, years), key=lambda day: day[0]["target_date"].year):
        rows = [row | {"captured_at": _last_capture(row["target_date"], captures)} for day in days for row in day]
        warehouse.load("daily_box_office", rows, f"made_up_{year}")
    for table_name, listed in master_data(films).items():
        warehouse.load(table_name, listed, "made_up")
    span = {"first": first_day(years) + timedelta(days=1), "last": LAST_DAY + timedelta(days=1)}
    warehouse.execute(
        *(CAPTURE_AGAIN.format(n=n, last=LAST_DAY, captures=captures) for n in range(1, captures + 1)),
        "delete from raw_data.daily_box_office where source_object like '%made_up%'",
        "delete from raw_data.load_audit where table_name = 'daily_box_office'",
        AUDIT.format(which="true"),
        CALLS.format(**span),
        REJECTED.format(**span),
    )
    warehouse.execute("vacuum analyze")


def make_indexes(warehouse: Warehouse) -> None:
    """Those that the loader makes."""
    for table in (*RAW_TABLES, LOAD_AUDIT):
        for column in indexed_columns(table):
            warehouse.execute(f"create index on raw_data.{table.name} ({column})")
    warehouse.execute("analyze")


def next_morning(warehouse: Warehouse) -> None:
    """The objects of one more morning: a new day, the six before it captured once more, films that came with it, calls.

    dbt has built the warehouse before.
    """
    morning = datetime.combine(LAST_DAY + timedelta(days=2), datetime.min.time(), UTC) + MORNING
    loaded = morning + timedelta(minutes=10)
    name = f"raw/daily_box_office/captured_on={morning.date()}/next.parquet"
    asked = {"target_date": "target_date + 1", "captured_at": f"timestamptz '{morning}'", "source_object": f"'{name}'"}
    shown = ", ".join(asked.get(column.name, f'"{column.name}"') for column in DAILY_BOX_OFFICE.columns)
    warehouse.execute(
        f"""
        insert into raw_data.daily_box_office
        select {shown} from staging.stg_kofic__daily_box_office where target_date > date '{LAST_DAY}' - 7
        """,
        AUDIT.format(which=f"source_object = '{name}'"),
    )
    charting = f"select distinct movie_cd from raw_data.daily_box_office where source_object = '{name}' order by 1 desc limit 20"
    known = [
        {"code": code, "name": f"다시 온 {code}", "opens": LAST_DAY, "nation": "K", "diversity": "N"}
        for (code,) in warehouse.rows(charting)
    ]
    for table_name, listed in master_data(known).items():
        warehouse.load(table_name, listed, "next", morning, loaded)
    call = {"endpoint": "movie/searchMovieInfo", "attempts": 1, "records": 1, "rejected": 0, "elapsed_ms": 300}
    warehouse.load("api_call", [call | {"params": f'{{"n": {n}}}'} for n in range(55)], "next", morning, loaded)
