"""The made-up 2024 looks like the recorded one.

The tolerances are wide because a half-year has about ten large films: two seeds differ as much as two real half-years.
When this was written (recorded | seeds 1, 2, 3): mean admissions of the top ten a day 330,214 | 300,183, 382,506, 225,943;
Saturday over Tuesday 3.99 | 4.00, 3.51, 4.32; the first's part of the ten 0.46 | 0.45, 0.34, 0.51; correlation of log screens
and log admissions 0.78 | 0.78, 0.85, 0.83; films in the five top tens 360 | 304, 316, 327.
"""

import math
import statistics
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from include.kofic_simulator.clock import KST
from include.kofic_simulator.replies import reply

DAILY = "boxoffice/searchDailyBoxOfficeList"
FILTERS: tuple[dict[str, str], ...] = (
    {},
    {"repNationCd": "K"},
    {"repNationCd": "F"},
    {"multiMovieYn": "Y"},
    {"multiMovieYn": "N"},
)
DAYS = [date(2024, 1, 1) + timedelta(offset) for offset in range(182)]

HalfYear = dict[tuple[date, int], list[dict[str, str]]]


def made_up(seed: int) -> HalfYear:
    now = datetime(2026, 1, 1, 12, tzinfo=KST)
    found: HalfYear = {}
    for day in DAYS:
        for number, filters in enumerate(FILTERS):
            body = reply(seed, DAILY, {**filters, "targetDt": f"{day:%Y%m%d}"}, now)
            found[day, number] = body["boxOfficeResult"]["dailyBoxOfficeList"]
    return found


@pytest.fixture(scope="module")
def real(recorded: list[dict[str, Any]]) -> HalfYear:
    found: HalfYear = {}
    for call in recorded:
        if call["endpoint"] == DAILY:
            params = dict(call["params"])
            day = datetime.strptime(params.pop("targetDt"), "%Y%m%d").date()
            found[day, FILTERS.index(params)] = call["body"]["boxOfficeResult"]["dailyBoxOfficeList"]
    return found


@pytest.fixture(scope="module", params=[1, 2, 3])
def simulated(request: pytest.FixtureRequest) -> HalfYear:
    return made_up(request.param)


def measures(half_year: HalfYear) -> dict[str, float]:
    """The figures compared."""
    national = [half_year[day, 0] for day in DAYS]
    rows = [row for rows in national for row in rows]
    every = [(day, row) for (day, _), rows in half_year.items() for row in rows]
    totals = {day: sum(int(row["audiCnt"]) for row in half_year[day, 0]) for day in DAYS}
    by_weekday = {weekday: statistics.median(t for d, t in totals.items() if d.weekday() == weekday) for weekday in range(7)}
    found: dict[str, float] = {
        "mean top ten": statistics.mean(totals.values()),
        "saturday / tuesday": by_weekday[5] / by_weekday[1],
        "sunday / tuesday": by_weekday[6] / by_weekday[1],
        "wednesday / tuesday": by_weekday[2] / by_weekday[1],
        "part of first in ten": statistics.median(int(r[0]["audiCnt"]) / sum(int(x["audiCnt"]) for x in r) for r in national),
        "share of ten": statistics.median(sum(float(x["salesShare"]) for x in r) for r in national),
        "log screens x log admissions": statistics.correlation(
            [math.log(int(row["scrnCnt"])) for row in rows], [math.log(int(row["audiCnt"])) for row in rows]
        ),
        "screens x admissions": statistics.correlation(
            [int(row["scrnCnt"]) for row in rows], [int(row["audiCnt"]) for row in rows]
        ),
        "showings / screen": statistics.median(int(row["showCnt"]) / int(row["scrnCnt"]) for row in rows),
        "won / admission": statistics.median(int(row["salesAmt"]) / int(row["audiCnt"]) for row in rows),
        "films": len({row["movieCd"] for _, row in every}),
        "new rows": sum(row["rankOldAndNew"] == "NEW" for _, row in every) / len(every),
        "blank openDt": sum(row["openDt"] == " " for _, row in every) / len(every),
        "previews": sum(row["openDt"] != " " and row["openDt"] > day.isoformat() for day, row in every) / len(every),
        "re-releases": sum(row["openDt"] < "2022" and row["openDt"] != " " for _, row in every) / len(every),
        "ties": sum(len({row["rank"] for row in rows}) < len(rows) for rows in half_year.values()),
    }
    for rank in (1, 2, 3, 5, 10):
        counts = sorted(int(rows[rank - 1]["audiCnt"]) for rows in national)
        found[f"rank {rank}"] = statistics.median(counts)
        found[f"rank {rank} spread"] = math.log(counts[int(0.9 * len(counts))] / counts[int(0.1 * len(counts))])
    for number, filters in enumerate(FILTERS[1:], start=1):
        name = next(iter(filters.values()))
        found[f"tenth of {name}"] = statistics.median(int(half_year[day, number][9]["audiCnt"]) for day in DAYS)
    return found


FACTORS: Mapping[str, float] = {
    "mean top ten": 1.6,
    "saturday / tuesday": 1.35,
    "sunday / tuesday": 1.35,
    "wednesday / tuesday": 1.35,
    "part of first in ten": 1.6,
    "share of ten": 1.05,
    "showings / screen": 1.4,
    "won / admission": 1.08,
    "films": 1.35,
    "new rows": 1.5,
    "blank openDt": 3.0,
    "previews": 2.5,
    "re-releases": 3.0,
    "rank 1": 2.0,
    "rank 2": 2.0,
    "rank 3": 2.4,
    "rank 5": 2.6,
    "rank 10": 2.0,
    "rank 1 spread": 1.8,
    "rank 2 spread": 1.8,
    "rank 3 spread": 1.8,
    "rank 5 spread": 1.8,
    "rank 10 spread": 1.8,
    "tenth of K": 3.0,
    "tenth of F": 2.5,
    "tenth of Y": 2.5,
    "tenth of N": 2.5,
}
"""By what factor, up or down, a made-up half-year may differ from the recorded one."""


def test_a_made_up_half_year_looks_like_the_recorded_one(real: HalfYear, simulated: HalfYear) -> None:
    expected, found = measures(real), measures(simulated)
    off = {
        name: (round(expected[name], 3), round(found[name], 3))
        for name, factor in FACTORS.items()
        if not 1 / factor <= found[name] / expected[name] <= factor
    }
    assert not off, f"(recorded, made up): {off}"
    assert found["log screens x log admissions"] == pytest.approx(expected["log screens x log admissions"], abs=0.12)
    assert found["screens x admissions"] == pytest.approx(expected["screens x admissions"], abs=0.2)
    assert 200 <= found["films"] <= 450
    assert found["ties"] >= 1


def test_no_made_up_title_is_a_recorded_one(real: HalfYear, simulated: HalfYear) -> None:
    titles = {row["movieNm"].strip() for rows in real.values() for row in rows}
    assert not titles & {row["movieNm"].strip() for rows in simulated.values() for row in rows}


def test_every_filter_has_ten_rows_on_every_day(simulated: HalfYear) -> None:
    assert {len(rows) for rows in simulated.values()} == {10}


def test_the_pandemic_shows_and_genres_have_their_season() -> None:
    now = datetime(2026, 1, 1, 12, tzinfo=KST)

    def april(year: int) -> int:
        days = (reply(1, DAILY, {"targetDt": f"{year}04{day:02d}"}, now) for day in range(1, 31))
        return sum(int(row["audiCnt"]) for body in days for row in body["boxOfficeResult"]["dailyBoxOfficeList"])

    assert april(2020) < 0.25 * april(2019)
    films: list[dict[str, Any]] = []
    for page in range(1, 100):
        params = {"openStartDt": "2015", "openEndDt": "2019", "itemPerPage": "100", "curPage": str(page)}
        rows = reply(1, "movie/searchMovieList", params, now)["movieListResult"]["movieList"]
        films += rows
        if not rows:
            break

    def part_in(genre: str, months: tuple[str, ...]) -> float:
        dates = [film["openDt"][4:6] for film in films if genre in film["genreAlt"].split(",")]
        return sum(month in months for month in dates) / len(dates)

    assert part_in("공포(호러)", ("07", "08")) > 0.27
    assert part_in("멜로/로맨스", ("02", "12")) > 0.22
    assert part_in("애니메이션", ("01", "07", "08", "12")) > 0.38
