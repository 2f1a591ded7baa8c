"""Later captures: what they replace, what they must not erase, and that a day's run equals building everything again."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from include.kofic.tables import DAILY_BOX_OFFICE
from tests.dbt.warehouse import LOADED_AT, RECORDED_AT, Reply, Row, Warehouse, daily_rows

FACT = "fct_daily_box_office"
COLUMNS = "target_date::text, multi_movie_yn, rep_nation_cd, wide_area_cd, movie_cd, audi_cnt, source_object"
MORNING = datetime(2024, 7, 2, 1, 30, tzinfo=UTC)
DAY_0, DAY_1, DAY_2, DAY_3 = (date(2024, 6, day) for day in (27, 28, 29, 30))


def chart(day: date, *films: str, audi_cnt: int = 10, **overrides: Any) -> list[Row]:
    """A reply's rows for one day: the films in order of rank, all figures alike."""
    return [
        {
            "target_date": day,
            "multi_movie_yn": "ALL",
            "rep_nation_cd": "ALL",
            "wide_area_cd": "ALL",
            "rank_old_and_new": "OLD",
            "movie_cd": film,
            "movie_nm": f"영화 {film}",
            "open_dt": day,
            "rnum": rank,
            "rank": rank,
            **{
                column.name: 0
                for column in DAILY_BOX_OFFICE.api_columns
                if column.name.startswith(("sales", "audi")) or column.name in ("rank_inten", "scrn_cnt", "show_cnt")
            },
            "audi_cnt": audi_cnt,
            "audi_acc": 1000,
            **overrides,
        }
        for rank, film in enumerate(films, start=1)
    ]


def load(warehouse: Warehouse, run: str, rows: list[Row], captured: timedelta, loaded: timedelta) -> None:
    warehouse.load("daily_box_office", rows, run, captured_at=MORNING + captured, loaded_at=MORNING + loaded)


def fact(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    return warehouse.rows(f"select {COLUMNS} from analytics.{FACT} order by 1, 2, 3, 4, 5")


def run(warehouse: Warehouse, *options: str) -> None:
    result = warehouse.dbt("run", "--select", FACT, *options)
    assert result.success, result.failures


def films(warehouse: Warehouse) -> dict[tuple[str, str], int]:
    """Admissions of every row, by day and film."""
    return {(row[0], row[4]): row[5] for row in fact(warehouse)}


@pytest.fixture
def built_empty(server: Warehouse, built_on_nothing: str) -> Warehouse:
    server.start_from(built_on_nothing)
    return server


def test_the_project_builds_before_the_first_row(built_empty: Warehouse) -> None:
    run(built_empty)
    assert built_empty.value(f"select count(*) from analytics.{FACT}") == 0


def test_captures_one_after_the_other_equal_building_everything_again(built_empty: Warehouse) -> None:
    warehouse, hour = built_empty, timedelta(hours=1)
    first = [*chart(DAY_0, "A"), *chart(DAY_1, "A", "B"), *chart(DAY_1, "B", rep_nation_cd="K"), *chart(DAY_2, "A", "B")]
    load(warehouse, "first", first, captured=0 * hour, loaded=1 * hour)
    run(warehouse)
    assert [row[:5] for row in fact(warehouse)] == [
        ("2024-06-27", "ALL", "ALL", "ALL", "A"),
        ("2024-06-28", "ALL", "ALL", "ALL", "A"),
        ("2024-06-28", "ALL", "ALL", "ALL", "B"),
        ("2024-06-28", "ALL", "K", "ALL", "B"),
        ("2024-06-29", "ALL", "ALL", "ALL", "A"),
        ("2024-06-29", "ALL", "ALL", "ALL", "B"),
    ]

    # B has vanished from the first day's list under no filter, and C has come; the K list was not asked again.
    second = [*chart(DAY_1, "A", "C", audi_cnt=11), *chart(DAY_3, "A")]
    load(warehouse, "second", second, captured=24 * hour, loaded=25 * hour)
    run(warehouse)
    assert [row[:6] for row in fact(warehouse)] == [
        ("2024-06-27", "ALL", "ALL", "ALL", "A", 10),
        ("2024-06-28", "ALL", "ALL", "ALL", "A", 11),
        ("2024-06-28", "ALL", "ALL", "ALL", "C", 11),
        ("2024-06-28", "ALL", "K", "ALL", "B", 10),
        ("2024-06-29", "ALL", "ALL", "ALL", "A", 10),
        ("2024-06-29", "ALL", "ALL", "ALL", "B", 10),
        ("2024-06-30", "ALL", "ALL", "ALL", "A", 10),
    ]

    # An old capture that is loaded late changes nothing; a day that it alone has is added.
    load(warehouse, "found_late", chart(DAY_3, "Z"), captured=-24 * hour, loaded=26 * hour)
    load(warehouse, "found_later", chart(date(2024, 6, 1), "A"), captured=-24 * hour, loaded=26 * hour)
    run(warehouse)
    assert ("2024-06-30", "Z") not in films(warehouse)
    assert ("2024-06-01", "A") in films(warehouse)

    # The first object is loaded again with another day in place of two, which no other object has: those days go.
    again = [*chart(DAY_1, "A", "B"), *chart(date(2024, 5, 31), "E")]
    load(warehouse, "first", again, captured=0 * hour, loaded=49 * hour)
    run(warehouse)
    assert {day for day, _ in films(warehouse)} == {"2024-05-31", "2024-06-01", "2024-06-28", "2024-06-30"}
    assert ("2024-06-28", "B") not in films(warehouse), "the K list is gone from its object"

    # A load that was begun before the newest load seen, and committed after it.
    load(warehouse, "overtaken", chart(DAY_2, "D"), captured=48 * hour, loaded=48.5 * hour)
    run(warehouse)
    assert ("2024-06-29", "D") in films(warehouse)

    run(warehouse)
    step_by_step = warehouse.content(FACT)
    run(warehouse, "--full-refresh")
    assert warehouse.content(FACT) == step_by_step


def test_a_revised_week_equals_building_everything_again(recorded: Warehouse, daily_replies: list[Reply]) -> None:
    week = daily_rows(reply for reply in daily_replies if reply["params"]["targetDt"] >= "20240624")
    revised = [row | {"audi_cnt": row["audi_cnt"] + 1} for row in week if row["rnum"] != 5]
    recorded.load("daily_box_office", revised, "revised", RECORDED_AT + timedelta(days=1), LOADED_AT + timedelta(days=1))

    run(recorded)
    step_by_step = recorded.content(FACT)
    run(recorded, "--full-refresh")

    assert len(step_by_step[f"analytics.{FACT}"]) == 9100 - 7 * 5
    assert recorded.content(FACT) == step_by_step


def test_what_kofic_contradicts_is_named_by_film_and_day_and_holds_nothing_up(recorded: Warehouse) -> None:
    days = [*chart(DAY_2, "A", audi_acc=1000), *chart(DAY_3, "A", audi_acc=1011)]
    recorded.load("daily_box_office", days, "broken", RECORDED_AT + timedelta(days=1), LOADED_AT + timedelta(days=1))
    built = recorded.dbt("build", "--select", FACT, "data_warning", "--exclude", "test_type:unit", "relationships*")
    assert built.success, built.failures
    assert {name for name, status in built.statuses.items() if status == "warn"} == {"kofic_contradicts_itself_nowhere"}
    named = "select target_date, movie_nm, rule_nm, detail_txt from analytics.data_warning where movie_cd = 'A'"
    assert recorded.rows(named) == [(DAY_3, "영화 A", "누적 관객수", "KOFIC 1011, 전날에서 셈하면 1010")]


def test_a_row_lost_in_the_week_s_loads_and_a_day_lost_at_any_time_are_found(recorded: Warehouse) -> None:
    later = RECORDED_AT + timedelta(days=10)
    recorded.load("daily_box_office", [*chart(DAY_2, "A"), *chart(DAY_3, "A", "B")], "later", later, later)
    lost_rows = "the_facts_have_every_row_of_the_latest_replies"

    def found() -> str:
        return recorded.dbt("test", "--select", lost_rows).failures.get(lost_rows, "")

    run(recorded)
    assert found() == ""
    recorded.execute(f"delete from analytics.{FACT} where target_date = '{DAY_3}' and movie_cd = 'B'")
    assert "Got 1 result" in found()
    recorded.execute(f"delete from analytics.{FACT} where target_date = '2024-01-15'")
    assert "Got 2 results" in found()


def test_a_torn_list_waits_and_a_shorter_whole_one_does_not(recorded: Warehouse) -> None:
    """Ten films were listed; then a reply comes of which only one film can be read, and one that is whole and as short."""
    day = RECORDED_AT + timedelta(days=1)
    call = {"endpoint": "boxoffice/searchDailyBoxOfficeList", "params": "{}", "attempts": 1, "records": 10, "elapsed_ms": 1}
    listed = f"select distinct movie_nm from analytics.{FACT} where target_date = '{DAY_3}' and wide_area_cd = 'ALL' " + (
        "and multi_movie_yn = 'ALL' and rep_nation_cd = 'ALL'"
    )
    before = sorted(recorded.rows(listed))

    def capture(run: str, captured_at: datetime, rejected: int) -> list[tuple[Any, ...]]:
        recorded.load("daily_box_office", chart(DAY_3, "A"), run, captured_at, captured_at)
        recorded.load("api_call", [call | {"rejected": rejected}], run, captured_at, captured_at)
        built = recorded.dbt("run", "--select", FACT, "data_warning")
        assert built.success, built.failures
        return sorted(recorded.rows(listed))

    assert capture("incomplete", day, 9) == before
    (warning,) = recorded.rows("select rule_nm, detail_txt from analytics.data_warning where movie_cd = '-'")
    assert warning == (
        "거부된 기록이 있어 앞의 목록을 쓴다",
        "전체 목록: 2024-07-05 10:30 10편, 2024-07-06 10:30 1편",
    )
    assert capture("short", day + timedelta(days=1), 0) == [("영화 A",)]


def test_a_film_that_the_api_has_lost_keeps_its_master_data(recorded: Warehouse) -> None:
    lost, changed = (code for (code,) in recorded.rows("select movie_cd from analytics.dim_movie where genre_count = 2 limit 2"))
    query = "select * from analytics.dim_movie where movie_cd = '{}'"
    before = recorded.rows(query.format(lost))
    genres = recorded.rows(f"select genre_nm from analytics.bridge_movie_genre where movie_cd = '{lost}' order by 1")
    later = RECORDED_AT + timedelta(days=30)
    recorded.load(
        "movie",
        [
            {"movie_cd": lost, "known_to_api": False},
            {"movie_cd": changed, "known_to_api": True, "movie_nm": "새 제목"},
            {"movie_cd": "NEVER", "known_to_api": False},
        ],
        "later",
        captured_at=later,
    )
    recorded.load("movie_genre", [{"movie_cd": changed, "position": 1, "genre_nm": "사극"}], "later", captured_at=later)

    result = recorded.dbt(
        "build", "--select", "int_movie_genre__counted", "dim_movie", "bridge_movie_genre", "bridge_movie_actor"
    )

    assert result.success, result.failures
    assert recorded.rows(query.format(lost)) == before
    assert recorded.rows(f"select genre_nm from analytics.bridge_movie_genre where movie_cd = '{lost}' order by 1") == genres
    assert recorded.rows(
        f"select movie_nm, genre_nms, director_nms, open_dt is not null from analytics.dim_movie where movie_cd = '{changed}'"
    ) == [("새 제목", "사극", None, True)]
    assert recorded.rows("select movie_nm, known_to_api, lifetime_sales from analytics.dim_movie where movie_cd = 'NEVER'") == [
        (None, False, None)
    ]


def test_each_node_can_be_run_again_alone_and_all_the_others_stay(recorded: Warehouse) -> None:
    """What a clear of one task does: dbt-postgres drops a relation that it replaces with CASCADE."""
    relations = """
        select schemaname, viewname, 'view' from pg_views where schemaname in ('staging', 'analytics')
        union all
        select schemaname, tablename, 'table' from pg_tables where schemaname in ('staging', 'analytics')
    """
    nodes = sorted(name for _, name, _ in recorded.rows(relations))
    before, content = sorted(recorded.rows(relations)), recorded.content()

    for node in nodes:
        again = recorded.dbt("build", "--select", node, "--exclude", "resource_type:test", "resource_type:unit_test")
        assert again.success, again.failures
        assert sorted(recorded.rows(relations)) == before, node

    assert recorded.content() == content


def test_freshness_warns_after_26_hours_and_fails_after_50(empty: Warehouse) -> None:
    now = datetime.now(UTC)
    question = {"endpoint": "boxoffice/searchDailyBoxOfficeList", "params": "{}", "attempts": 1, "records": 1, "rejected": 0}
    loaded_at = now - timedelta(hours=51)
    empty.load("daily_box_office", chart(DAY_1, "A"), captured_at=now - timedelta(hours=27), loaded_at=loaded_at)
    empty.load("api_call", [question | {"elapsed_ms": 1}], captured_at=now - timedelta(hours=25), loaded_at=loaded_at)

    result = empty.dbt("source", "freshness")

    assert result.statuses == {
        "daily_box_office": "warn",
        "api_call": "pass",
        "load_audit": "error",
    }
