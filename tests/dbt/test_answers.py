"""The boards' sentences, and the films' runs behind them, against plain Python on the same replies."""

import statistics

import pytest

from tests.dbt.warehouse import Warehouse
from tests.plain.charts import ANSWERS
from tests.plain.openings import admissions_of_day, ended, survivors, totals_until_day
from tests.plain.sentences import PERIODS, limits, sentence
from tests.plain.world import World


def test_every_board_has_its_sentences(recorded: Warehouse, world: World) -> None:
    found = recorded.rows("select board_slug, period_nm, first_date, last_date from analytics.answers")
    assert sorted(found) == sorted((slug, period, *limits(world, period)) for slug in ANSWERS for period in PERIODS)


@pytest.mark.parametrize("slug", ANSWERS)
def test_a_board_s_sentences_are_those_of_plain_python(recorded: Warehouse, world: World, slug: str) -> None:
    found = _sentences(recorded, slug)
    assert found == {period: sentence(world, slug, period) for period in PERIODS}
    assert "–" not in found["전체 기간"].replace("가을 –", "").replace("추석 –", ""), "half a year has no autumn"


def test_the_sentence_on_screens_turns_round_with_the_data(recorded: Warehouse) -> None:
    before = _sentences(recorded, "screens-sales")["올해"]
    recorded.execute("update analytics.film_performance set peak_screens = greatest(1, 3000000 / (observed_admissions + 1000))")
    assert recorded.dbt("run", "--select", "film_screens", "answers").success
    after = _sentences(recorded, "screens-sales")["올해"]
    assert "상관계수는 0." in before
    assert "상관계수는 -0." in after
    assert "관객이 약 0." in after
    assert before.split("영화는 〈")[1] != after.split("영화는 〈")[1]


def test_a_sentence_has_no_figure_where_there_are_too_few_films(recorded: Warehouse) -> None:
    recorded.execute(
        "update analytics.film_performance set observation_nm = '재개봉' "
        "where movie_cd not in (select movie_cd from analytics.film_opening order by movie_cd limit 9)"
    )
    assert recorded.dbt("run", "--select", "film_opening", "film_screens", "answers").success
    told = _sentences(recorded, "screens-sales")["올해"]
    assert "9편에서 최대 스크린수와 관측 관객수의 상관계수는 –이다. 스크린이 2배인 영화는 관객이 약 –배, " in told
    assert "편끼리는 약 –배다. 이들 가운데 스크린에 비해 관객이 가장 많았던 영화는 –(–개에서 –만 명, 기대의 –배)다." in told
    assert "첫 주말이 전체 관객의 –%" in _sentences(recorded, "box-office-curve")["올해"]


def test_openings_are_those_of_the_running_totals(recorded: Warehouse, world: World) -> None:
    found = recorded.rows(
        "select movie_cd, opening_day_admissions, opening_weekend_admissions, second_weekend_admissions, total_admissions, "
        "days_to_last_listing, is_running from analytics.film_opening"
    )
    assert {row[0]: tuple(row[1:]) for row in found} == {
        run.film.code: (
            run.opening_day,
            run.first_weekend,
            run.second_weekend,
            run.film.total_admissions,
            run.days_left,
            run.is_running,
        )
        for run in world.runs
    }
    assert sum(run.first_weekend is None for run in world.runs) > 10, "no film was off the lists at its weekend"
    assert recorded.value(
        "select bool_and(multiple = round(total_admissions::numeric / opening_weekend_admissions, 2) and second_weekend_change = "
        "round(100 * second_weekend_admissions::numeric / opening_weekend_admissions, 2) - 100) from analytics.film_opening "
        "where second_weekend_admissions > 0"
    )


def test_a_curve_has_the_days_of_its_film_and_gaps_between_them(recorded: Warehouse, world: World) -> None:
    expected = {}
    for run in world.runs:
        for number in range(1, min(100, run.days_left) + 1):
            row = run.on_day(number)
            expected[run.film.code, number] = (row["audi_cnt"], row["audi_acc"]) if row else (None, None)
    found = recorded.rows("select movie_cd, day_no, admissions, audi_acc from analytics.film_curve")
    assert {row[:2]: tuple(row[2:]) for row in found} == expected


def test_what_is_typical_is_that_of_the_films_that_ended_their_run(recorded: Warehouse, world: World) -> None:
    found = recorded.rows(
        "select distinct day_no, median_admissions::float8, median_audi_acc::float8, films_left, survival_share::float8 "
        "from analytics.film_curve order by day_no"
    )

    def median(figures: list[int]) -> float | None:
        return statistics.median(figures) if figures else None

    assert found == [
        (
            number,
            median(admissions_of_day(world, number)),
            median(totals_until_day(world, number)),
            left := survivors(world, number),
            pytest.approx(left / len(ended(world)), abs=5e-5),
        )
        for number in range(1, len(found) + 1)
    ]
    _, _, totals, _, shares = zip(*found, strict=True)
    assert list(totals) == sorted(totals), "a running total falls"
    assert list(shares) == sorted(shares, reverse=True), "a film that left the lists for good comes back"


def test_a_film_s_screens_are_held_against_the_line(recorded: Warehouse, world: World) -> None:
    found = recorded.rows(
        "select movie_cd, expected_admissions, screen_share, sales_share, is_running from analytics.film_screens"
    )
    assert {row[0]: (*(each and float(each) for each in row[1:4]), row[4]) for row in found} == {
        film.code: (
            pytest.approx(world.expected(film), abs=0.6) if film.is_wide else None,
            *(pytest.approx(share, abs=0.0051) for share in world.shares(film)),
            world.is_running(film),
        )
        for film in world.films.values()
    }


def test_wide_films_and_less_wide_ones_beat_their_screens_alike(recorded: Warehouse) -> None:
    found = recorded.rows(
        "select ln(peak_screens)::float8, ln(observed_admissions / expected_admissions::float8) from analytics.film_screens "
        "where observation_nm = '개봉부터 관측' and expected_admissions > 0 and observed_admissions > 0"
    )
    assert abs(statistics.correlation(*zip(*found, strict=True))) < 0.01


def _sentences(warehouse: Warehouse, slug: str) -> dict[str, str]:
    return dict(warehouse.rows(f"select period_nm, answer_txt from analytics.answers where board_slug = '{slug}'"))
