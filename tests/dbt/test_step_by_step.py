"""Whatever comes, in whatever order: the tables that daily runs have built are those that building everything would give.

Hypothesis makes up mornings: lists that change, films that come, go, are renamed and classified anew, days that are found
late, objects that are loaded again with other content. After each morning dbt runs as it does every day; at the end it
builds everything, and every table of every schema has to be what it was.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from include.kofic.tables import DAILY_BOX_OFFICE
from tests.dbt.warehouse import Row, Warehouse

DAYS = [date(2024, 2, 7) + timedelta(days=n) for n in range(0, 40, 3)]
"""Around 설날 (10 February 2024) and over the turn from winter to spring."""
FILMS = ("2023A1", "2023A2", "2024B1", "2024B2", "2024B3")
TITLES = ("극장판 로봇 대소동 하나", "극장판 로봇 대소동 둘째", "리턴")
FIRST_MORNING = datetime(2024, 4, 1, 1, 30, tzinfo=UTC)
FILTERS = (("ALL", "ALL"), ("ALL", "K"), ("Y", "ALL"), ("N", "ALL"))


@dataclass(frozen=True)
class Listed:
    """One list: the day, the filter set, the films in order of rank."""

    day: date
    filters: tuple[str, str]
    films: tuple[str, ...]


@dataclass(frozen=True)
class Master:
    """What the API says of a film; nothing of it where it knows no such film."""

    film: str
    known: bool
    title: str
    opened: date | None
    nation: str
    genres: tuple[str, ...]
    company: str


@dataclass(frozen=True)
class Morning:
    """A run's objects: the lists and the films; `run` twice means that its objects are written and loaded again."""

    run: int
    lists: tuple[Listed, ...]
    films: tuple[Master, ...]


LISTS = st.builds(
    Listed,
    st.sampled_from(DAYS),
    st.sampled_from(FILTERS),
    st.lists(st.sampled_from(FILMS), min_size=1, max_size=4, unique=True).map(tuple),
)
MASTERS = st.builds(
    Master,
    st.sampled_from(FILMS),
    st.booleans(),
    st.sampled_from(TITLES),
    st.sampled_from([None, date(2023, 12, 20), date(2024, 2, 7)]),
    st.sampled_from(["한국", "미국"]),
    st.lists(st.sampled_from(["액션", "드라마", "공포(호러)"]), max_size=2, unique=True).map(tuple),
    st.sampled_from(["가", "나"]),
)
MORNINGS = st.lists(
    st.builds(
        Morning,
        st.integers(0, 2),
        st.lists(LISTS, max_size=4, unique_by=lambda each: (each.day, each.filters)).map(tuple),
        st.lists(MASTERS, max_size=3, unique_by=lambda each: each.film).map(tuple),
    ),
    min_size=3,
    max_size=4,
)


def _rows(listed: Listed, figure: int) -> list[Row]:
    figures = {column.name: 0 for column in DAILY_BOX_OFFICE.api_columns if column.name not in ("open_dt", "movie_nm")}
    return [
        figures
        | {
            "target_date": listed.day,
            "multi_movie_yn": listed.filters[0],
            "rep_nation_cd": listed.filters[1],
            "wide_area_cd": "ALL",
            "rank_old_and_new": "OLD",
            "movie_cd": film,
            "movie_nm": f"목록의 {film}",
            "open_dt": None,
            "rnum": rank,
            "rank": rank,
            "sales_amt": 1000 * figure + rank,
            "sales_acc": 1000 * figure + rank,
            "audi_cnt": figure + rank,
            "audi_acc": figure + rank,
            "scrn_cnt": rank,
            "show_cnt": rank,
        }
        for rank, film in enumerate(listed.films, start=1)
    ]


def _film_rows(master: Master) -> dict[str, list[Row]]:
    code = {"movie_cd": master.film}
    if not master.known:
        return {"movie": [{**code, "known_to_api": False}]}
    return {
        "movie": [{**code, "known_to_api": True, "movie_nm": master.title, "open_dt": master.opened}],
        "movie_nation": [{**code, "position": 1, "nation_nm": master.nation}],
        "movie_genre": [{**code, "position": n, "genre_nm": name} for n, name in enumerate(master.genres, start=1)],
        "movie_actor": [{**code, "position": 1, "people_nm": f"배우 {master.company}"}],
        "movie_director": [{**code, "position": 1, "people_nm": "감독"}],
        "movie_company": [
            {**code, "position": 1, "company_cd": master.company, "company_nm": master.company, "company_part_nm": "배급사"}
        ],
    }


def _collect(warehouse: Warehouse, number: int, morning: Morning) -> None:
    """Loads the morning's objects: of this morning's run, or of an earlier one whose replies are asked for again."""
    run, now = min(morning.run, number), FIRST_MORNING + timedelta(days=number)
    tables: dict[str, list[Row]] = {"daily_box_office": [row for each in morning.lists for row in _rows(each, number + 1)]}
    tables |= {table: [] for table in ("movie", "movie_nation", "movie_genre", "movie_actor", "movie_director", "movie_company")}
    for master in morning.films:
        for table, rows in _film_rows(master).items():
            tables[table] += rows
    call = {"endpoint": "boxoffice", "params": "{}", "attempts": 1, "records": 1, "rejected": 0, "elapsed_ms": 7}
    tables["api_call"] = [call] * len(morning.lists)
    for table, rows in tables.items():
        captured = [{"captured_at": now, **row} for row in rows]
        warehouse.load(table, captured, f"run{run}", FIRST_MORNING + timedelta(days=run), now + timedelta(minutes=10))


# A morning takes seconds: a failing example is shown as it is, and not made smaller first.
@settings(max_examples=4, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(mornings=MORNINGS)
def test_daily_runs_give_what_building_everything_gives(
    server: Warehouse, built_on_nothing: str, mornings: list[Morning]
) -> None:
    server.start_from(built_on_nothing)
    for number, morning in enumerate(mornings):
        _collect(server, number, morning)
        # A view says the same each morning.
        result = server.dbt("run", "--exclude", "config.materialized:view")
        assert result.success, result.failures
    step_by_step = server.content()
    assert server.dbt("run", "--full-refresh").success
    everything = server.content()
    assert list(everything) == list(step_by_step)
    for table, rows in everything.items():
        assert step_by_step[table] == rows, table
