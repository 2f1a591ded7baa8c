"""The boards' sentences, and the films' runs behind them, against plain Python on the same replies."""

import math
import statistics
from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from tests.dbt.recorded import FilmDays, Observed, is_rerelease
from tests.dbt.warehouse import Warehouse

FIRST, LAST = date(2024, 1, 1), date(2024, 6, 30)
DATES = f"({FIRST}~{LAST})"
PERIODS = ("최근 12개월", "올해", "전체 기간")
WEEKDAYS = tuple(f"{name}요일" for name in "월화수목금토일")
DAY = timedelta(days=1)

Films = dict[str, Observed]
Master = dict[str, dict[str, Any]]


def text(number: float | Decimal, decimals: int = 0) -> str:
    """The number as people write it; a half is rounded away from zero."""
    return f"{Decimal(number).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP):,}"


@pytest.fixture(scope="module")
def opened(observed: Films, films: Master) -> Films:
    """The films observed from their opening."""
    return {
        code: film
        for code, film in observed.items()
        if film.open_dt and FIRST <= film.open_dt <= LAST and not is_rerelease(film, films.get(code))
    }


def test_every_board_has_its_sentences(recorded: Warehouse) -> None:
    found = recorded.rows("select board_slug, period_nm, first_date, last_date from analytics.answers")
    slugs = {slug for slug, *_ in found}
    assert len(slugs) == 7
    assert sorted(found) == sorted((slug, period, FIRST, LAST) for slug in slugs for period in PERIODS)


def test_the_overview_s_sentence(recorded: Warehouse, observed: Films) -> None:
    sales, admissions, weekend = 0, Counter[str](), Counter[str]()
    before: Counter[str] = Counter()
    for code, film in observed.items():
        for day, figures in film.days.items():
            sales += figures["salesAmt"]
            admissions[code] += figures["audiCnt"]
            weekend[code] += figures["audiCnt"] * (LAST - 2 * DAY <= day <= LAST)
            before[code] += figures["audiCnt"] * (LAST - 9 * DAY <= day <= LAST - 7 * DAY)
    ((best, most),) = admissions.most_common(1)
    ((first, _),) = weekend.most_common(1)
    gained = [code for code, _ in before.most_common()].index(first)
    titles = dict(recorded.rows("select movie_cd, movie_nm from analytics.film_performance"))
    moved = f"▲{gained}계단" if gained else "순위 그대로"
    said = (
        f"에 순위표에 오른 영화의 매출액은 {text(sales / Decimal(10**8))}억 원, "
        f"관객수는 {text(admissions.total() / Decimal(10**4))}만 명이다. "
        f"관객 1위는 〈{titles[best]}〉({text(most / Decimal(10**4), 1)}만 명)이고, "
        f"지난 주말({LAST - 2 * DAY}~{LAST}) 1위는 〈{titles[first]}〉({moved})다."
    )
    assert _sentences(recorded, "overview") == {period: period + DATES + said for period in PERIODS}


def test_the_sentence_on_screens(recorded: Warehouse, opened: Films) -> None:
    shown = [film for film in opened.values() if film.peak_screens and film.total("audiCnt")]
    screens, admissions = [film.peak_screens for film in shown], [film.total("audiCnt") for film in shown]
    slope = statistics.linear_regression([*map(math.log, screens)], [*map(math.log, admissions)]).slope
    said = (
        f"에 개봉해 첫날부터 관측한 {len(shown)}편에서 최대 스크린수와 관측 관객수의 상관계수는 "
        f"{text(statistics.correlation(screens, admissions), 2)}이다. 스크린이 2배인 영화는 관객이 약 {text(2**slope, 1)}배다."
    )
    assert _sentences(recorded, "screens-sales") == {period: period + DATES + said for period in PERIODS}


def test_the_sentence_on_screens_turns_round_with_the_data(recorded: Warehouse) -> None:
    before = _sentences(recorded, "screens-sales")["올해"]
    recorded.execute("update analytics.film_performance set peak_screens = greatest(1, 3000000 / (observed_admissions + 1000))")
    assert recorded.dbt("run", "--select", "answers").success
    after = _sentences(recorded, "screens-sales")["올해"]
    assert "상관계수는 0." in before
    assert "상관계수는 -0." in after
    assert "관객이 약 0." in after


def test_a_sentence_has_no_figure_where_there_are_too_few_films(recorded: Warehouse) -> None:
    recorded.execute(
        "update analytics.film_performance set observation_nm = '재개봉' "
        "where movie_cd not in (select movie_cd from analytics.film_opening order by movie_cd limit 9)"
    )
    assert recorded.dbt("run", "--select", "film_opening", "answers").success
    assert (
        "9편에서 최대 스크린수와 관측 관객수의 상관계수는 –이다. 스크린이 2배인 영화는 관객이 약 –배다."
        in _sentences(recorded, "screens-sales")["올해"]
    )
    assert "첫 주말이 전체 관객의 –%" in _sentences(recorded, "box-office-curve")["올해"]


def test_the_sentence_on_admissions_and_sales(recorded: Warehouse, film_days: FilmDays) -> None:
    days: dict[date, list[int]] = defaultdict(lambda: [0, 0])
    for (day, _), (sales, admissions) in film_days.items():
        days[day] = [days[day][0] + sales, days[day][1] + admissions]
    by_weekday: dict[int, list[int]] = defaultdict(list)
    for day, (_, admissions) in days.items():
        by_weekday[day.weekday()].append(admissions)
    mean = {WEEKDAYS[number]: statistics.fmean(each) / 10**4 for number, each in by_weekday.items()}
    most, least = max(mean, key=mean.__getitem__), min(mean, key=mean.__getitem__)
    sales, admissions = zip(*days.values(), strict=True)
    said = (
        f" {len(days)}일 동안 하루 관객수와 매출액의 상관계수는 {text(statistics.correlation(sales, admissions), 2)}이고, "
        f"관객 한 명이 평균 {text(sum(sales) / sum(admissions))}원을 냈다. "
        f"하루 평균 관객은 {most}이 {text(mean[most], 1)}만 명으로 가장 많고 {least}이 {text(mean[least], 1)}만 명으로 가장 적다."
    )
    assert _sentences(recorded, "admissions-sales") == {period: period + DATES + said for period in PERIODS}


def test_the_sentence_on_genres(recorded: Warehouse, film_days: FilmDays, films: Master) -> None:
    seasons = {12: "겨울", 1: "겨울", 2: "겨울", 3: "봄", 4: "봄", 5: "봄", 6: "여름"}
    admissions: dict[str, Counter[str]] = defaultdict(Counter)
    for (day, code), (_, audience) in film_days.items():
        genres = [genre["genreNm"].strip() for genre in films.get(code, {}).get("genres", [])] or ["장르 없음"]
        occasions = [seasons[day.month], *(["설날"] if date(2024, 2, 9) <= day <= date(2024, 2, 12) else [])]
        for occasion in occasions:
            for genre in genres:
                admissions[occasion][genre] += audience / len(genres)
    won = {}
    for occasion, genres in admissions.items():
        best = max((genre for genre in genres if genre != "장르 없음"), key=genres.__getitem__)
        won[occasion] = f"{best} {text(100 * genres[best] / genres.total())}%"
    said = (
        f"에 관객을 가장 많이 모은 장르(장르가 여럿인 영화는 나누어 셈)는 "
        f"봄 {won['봄']}, 여름 {won['여름']}, 가을 –, 겨울 {won['겨울']}이다. "
        f"연휴에는 설날 {won['설날']}, 추석 –이다."
    )
    assert _sentences(recorded, "season-genre") == {period: period + DATES + said for period in PERIODS}


def test_the_sentence_on_companies(recorded: Warehouse, observed: Films, films: Master) -> None:
    sales: Counter[str] = Counter()
    actors: dict[str, Counter[str]] = defaultdict(Counter)
    for code, film in observed.items():
        master = films.get(code, {})
        distributors = {
            each["companyCd"]: each["companyNm"].strip().replace("&amp;", "&")
            for each in master.get("companys", [])
            if each["companyPartNm"] == "배급사"
        }
        for name in distributors.values() or ["미상"]:
            sales[name] += film.total("salesAmt") / max(len(distributors), 1)
        known_open_dt = film.open_dt or min(film.days)
        if FIRST <= known_open_dt <= LAST:
            names = {each["peopleNm"].strip() for each in master.get("actors", [])[:5]} - {""}
            for name in names:
                actors[name].update(films=1, admissions=film.total("audiCnt"))
    whole = sales.total()
    (first, most), (second, next_most) = [each for each in sales.most_common(3) if each[0] != "미상"][:2]
    leading = max(sorted(actors), key=lambda name: actors[name]["admissions"])
    said = (
        f"(2024-01~2024-06) 배급사 매출 1위는 {first}(점유율 {text(100 * most / whole, 1)}%), 2위는 {second}"
        f"({text(100 * next_most / whole, 1)}%)이다. 배우로는 같은 기간에 개봉한 영화 {actors[leading]['films']}편에서 관객 "
        f"{text(actors[leading]['admissions'] / Decimal(10**4), 1)}만 명을 모은 {leading}이(가) 1위다."
    )
    assert _sentences(recorded, "companies-people") == {period: period + said for period in PERIODS}


def _weekend(film: Observed, friday: date) -> int | None:
    """Admissions from that Friday, or the opening, to Sunday, where KOFIC's running totals tell them."""
    assert film.open_dt
    before, after = _total_until(film, max(friday, film.open_dt) - DAY), _total_until(film, friday + 2 * DAY)
    return None if before is None or after is None else after - before


def _total_until(film: Observed, day: date) -> int | None:
    if day in film.days:
        return film.days[day]["audiAcc"]
    following = film.days.get(day + DAY)
    return following["audiAcc"] - following["audiCnt"] if following else None


def _openings(opened: Films) -> dict[str, tuple[int | None, int | None, int | None, int, int]]:
    """Opening day, first and second weekend, total, and days to the last listing, of each film listed since its opening."""
    found = {}
    for code, film in opened.items():
        assert film.open_dt
        if max(film.days) < film.open_dt:
            continue
        friday = film.open_dt + (4 - film.open_dt.weekday()) * DAY
        first, second = _weekend(film, friday), _weekend(film, friday + 7 * DAY)
        day = film.days.get(film.open_dt)
        total = max(each["audiAcc"] for each in film.days.values())
        found[code] = (day and day["audiCnt"], first, second, total, (max(film.days) - film.open_dt).days + 1)
    return found


def test_openings_are_those_of_the_running_totals(recorded: Warehouse, opened: Films) -> None:
    found = recorded.rows(
        "select movie_cd, opening_day_admissions, opening_weekend_admissions, second_weekend_admissions, total_admissions, "
        "days_to_last_listing from analytics.film_opening"
    )
    expected = _openings(opened)
    assert {row[0]: tuple(row[1:]) for row in found} == expected
    assert sum(first is None for _, first, *_ in expected.values()) > 10, "no film was off the lists at its weekend"
    assert recorded.value(
        "select bool_and(multiple = round(total_admissions::numeric / opening_weekend_admissions, 2) and second_weekend_change = "
        "round(100 * second_weekend_admissions::numeric / opening_weekend_admissions, 2) - 100) from analytics.film_opening "
        "where second_weekend_admissions > 0"
    )


def test_the_sentence_on_openings(recorded: Warehouse, opened: Films) -> None:
    over = {code: each for code, each in _openings(opened).items() if max(opened[code].days) < LAST - 6 * DAY}
    shares = [100 * first / total for _, first, _, total, _ in over.values() if first is not None]
    seconds = [Decimal(100 * second) / first for _, first, second, _, _ in over.values() if first and second is not None]
    said = (
        f"에 개봉해 상영을 마친 {len(over)}편의 중앙값을 보면, "
        f"개봉 첫 주말이 전체 관객의 {text(statistics.median(shares))}%를 모으고, "
        f"둘째 주말 관객은 첫 주말의 {text(statistics.median(seconds))}%이며, 개봉 "
        f"{text(statistics.median(days for *_, days in over.values()))}일째까지 순위표에 남는다."
    )
    assert _sentences(recorded, "box-office-curve") == {period: period + DATES + said for period in PERIODS}


def test_a_curve_has_the_days_of_its_film_and_gaps_between_them(recorded: Warehouse, opened: Films) -> None:
    expected = {}
    for code, film in opened.items():
        assert film.open_dt
        for number in range(1, min(100, (max(film.days) - film.open_dt).days + 1) + 1):
            day = film.days.get(film.open_dt + (number - 1) * DAY)
            expected[code, number] = (day["audiCnt"], day["audiAcc"]) if day else (None, None)
    found = recorded.rows("select movie_cd, day_no, admissions, audi_acc from analytics.film_curve")
    assert {row[:2]: tuple(row[2:]) for row in found} == expected

    listed: dict[int, list[int]] = defaultdict(list)
    for (_, number), (admissions, _) in expected.items():
        if admissions is not None:
            listed[number].append(admissions)
    listed_since = [film for film in opened.values() if film.open_dt and film.open_dt <= max(film.days)]
    ages = [(LAST - film.open_dt).days + 1 for film in listed_since if film.open_dt]
    left = Counter(number for _, number in expected)
    common = recorded.rows("select distinct day_no, median_admissions, films_left, survival_share from analytics.film_curve")
    assert {number: (median and float(median), films, float(share)) for number, median, films, share in common} == {
        number: (
            statistics.median(listed[number]) if listed[number] else None,
            left[number],
            pytest.approx(left[number] / sum(days >= number for days in ages), abs=5e-5),
        )
        for number in left
    }


def test_a_film_s_screens_are_held_against_the_line(recorded: Warehouse, observed: Films, opened: Films) -> None:
    drawn = [film for film in opened.values() if film.peak_screens and film.total("audiCnt")]
    logs = [(math.log(film.peak_screens), math.log(film.total("audiCnt"))) for film in drawn]
    line = statistics.linear_regression(*zip(*logs, strict=True))
    day_screens: Counter[date] = Counter()
    day_sales: Counter[date] = Counter()
    for film in observed.values():
        for day, figures in film.days.items():
            day_screens[day] += figures["scrnCnt"]
            day_sales[day] += figures["salesAmt"]
    found = recorded.rows(
        "select movie_cd, expected_admissions, expected_ratio, screen_share, sales_share from analytics.film_screens"
    )
    assert {row[0]: tuple(map(float, row[1:])) for row in found} == {
        code: (
            pytest.approx(expected := math.exp(line.intercept + line.slope * math.log(film.peak_screens)), abs=0.6),
            pytest.approx(film.total("audiCnt") / expected, abs=0.0051),
            pytest.approx(100 * film.total("scrnCnt") / sum(day_screens[day] for day in film.days), abs=0.0051),
            pytest.approx(100 * film.total("salesAmt") / sum(day_sales[day] for day in film.days), abs=0.0051),
        )
        for code, film in observed.items()
    }


def _sentences(warehouse: Warehouse, slug: str) -> dict[str, str]:
    return dict(warehouse.rows(f"select period_nm, answer_txt from analytics.answers where board_slug = '{slug}'"))
