"""The made-up world keeps the identities that were measured on real replies, and is the same for the same seed."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
COLUMNS = [
    *("rnum", "rank", "rankInten", "rankOldAndNew", "movieCd", "movieNm", "openDt"),
    *("salesAmt", "salesShare", "salesInten", "salesChange", "salesAcc"),
    *("audiCnt", "audiInten", "audiChange", "audiAcc", "scrnCnt", "showCnt"),
]
LATE = datetime(2026, 1, 1, 12, tzinfo=KST)

Rows = list[dict[str, str]]


def rows_of(day: date, params: Mapping[str, str], now: datetime = LATE, seed: int = 1) -> Rows:
    body = reply(seed, DAILY, {**params, "targetDt": f"{day:%Y%m%d}"}, now)
    rows: Rows = body["boxOfficeResult"]["dailyBoxOfficeList"]
    return rows


def percent(difference: str, before: int) -> str:
    value = (Decimal(difference) * 100 / before).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return str(abs(value) if value == 0 else value).removesuffix(".0")


def check_day(rows: Rows, before: Rows) -> None:
    """The identities of one filter's rows of a day, given the rows of the day before in the same capture."""
    counts = [int(row["audiCnt"]) for row in rows]
    assert counts == sorted(counts, reverse=True)
    assert [row["rnum"] for row in rows] == [str(number) for number in range(1, len(rows) + 1)]
    assert sum(Decimal(row["salesShare"]) for row in rows) < Decimal("100.6")
    yesterday = {row["movieCd"]: row for row in before}
    for row, count in zip(rows, counts, strict=True):
        assert list(row) == COLUMNS
        assert all(isinstance(value, str) for value in row.values())
        assert int(row["rank"]) == 1 + sum(other > count for other in counts)
        assert row["salesShare"].split(".")[1].isdigit()
        assert int(row["audiAcc"]) >= count
        assert 1 <= int(row["scrnCnt"]) <= int(row["showCnt"])
        past = yesterday.get(row["movieCd"])
        if row["rankOldAndNew"] == "NEW":
            assert past is None
            assert (row["rankInten"], row["audiChange"], row["salesChange"]) == ("0", "100", "100")
            assert (row["audiInten"], row["salesInten"]) == (row["audiCnt"], row["salesAmt"])
            continue
        for amount, step, change in (("audiCnt", "audiInten", "audiChange"), ("salesAmt", "salesInten", "salesChange")):
            earlier = int(row[amount]) - int(row[step])
            if earlier:
                assert row[change] == percent(row[step], earlier)
        if past is None:
            assert int(row["rank"]) + int(row["rankInten"]) >= int(before[-1]["rank"])
            continue
        assert int(row["rankInten"]) == int(past["rank"]) - int(row["rank"])
        for amount, step, total in (("audiCnt", "audiInten", "audiAcc"), ("salesAmt", "salesInten", "salesAcc")):
            assert int(row[step]) == int(row[amount]) - int(past[amount])
            assert int(row[total]) == int(past[total]) + int(row[amount])


def test_the_identities_hold_on_the_recordings(recorded: list[dict[str, Any]]) -> None:
    """So the checks above are checked themselves, on all 905 pairs of real days."""
    days = {
        (call["params"]["targetDt"], tuple(sorted((k, v) for k, v in call["params"].items() if k != "targetDt"))): call["body"]
        for call in recorded
        if call["endpoint"] == DAILY
    }
    pairs = 0
    for (day, filters), body in days.items():
        previous = days.get((f"{datetime.strptime(day, '%Y%m%d') - timedelta(1):%Y%m%d}", filters))
        if previous is not None:
            check_day(body["boxOfficeResult"]["dailyBoxOfficeList"], previous["boxOfficeResult"]["dailyBoxOfficeList"])
            pairs += 1
    assert pairs == 905


@settings(max_examples=45, deadline=None)
@given(
    day=st.dates(date(2003, 11, 12), date(2025, 12, 25)),
    nation=st.sampled_from(["", "K", "F"]),
    diversity=st.sampled_from(["", "Y", "N"]),
    area=st.sampled_from(["", "", "0105001", "0105010"]),
    seed=st.sampled_from([1, 2]),
    hours_later=st.integers(0, 72),
)
def test_identities_hold_inside_a_capture(day: date, nation: str, diversity: str, area: str, seed: int, hours_later: int) -> None:
    now = datetime.combine(day + timedelta(1), time(0, 30), KST) + timedelta(hours=hours_later)
    chosen = {"repNationCd": nation, "multiMovieYn": diversity, "wideAreaCd": area}
    params = {name: value for name, value in chosen.items() if value}
    check_day(rows_of(day, params, now, seed), rows_of(day - timedelta(1), params, now, seed))


@settings(max_examples=25, deadline=None)
@given(
    day=st.dates(date(2003, 11, 11), date(2025, 12, 25)), pair=st.sampled_from([("repNationCd", "KF"), ("multiMovieYn", "YN")])
)
def test_a_filter_changes_places_and_shares_but_no_figure(day: date, pair: tuple[str, str]) -> None:
    whole = {row["movieCd"]: row for row in rows_of(day, {})}
    parts = [rows_of(day, {pair[0]: value}) for value in pair[1]]
    found = {row["movieCd"]: row for rows in parts for row in rows}
    assert all(len(rows) == 10 for rows in parts)
    assert whole.keys() <= found.keys()
    for code, row in whole.items():
        for column in ("audiCnt", "salesAmt", "audiAcc", "salesAcc", "scrnCnt", "showCnt", "openDt", "rankOldAndNew"):
            assert found[code][column] == row[column]
        assert int(found[code]["rank"]) <= int(row["rank"])
        assert Decimal(found[code]["salesShare"]) >= Decimal(row["salesShare"])


def test_areas_add_up_to_the_country() -> None:
    day = date(2019, 8, 3)
    top = rows_of(day, {})[0]
    areas = [
        next(row for row in rows_of(day, {"wideAreaCd": f"01050{number:02d}"}) if row["movieCd"] == top["movieCd"])
        for number in range(1, 17)
    ]
    for column in ("audiCnt", "audiAcc"):
        assert sum(int(row[column]) for row in areas) == int(top[column])
    assert sum(int(row["salesAmt"]) for row in areas) == pytest.approx(int(top["salesAmt"]), rel=1e-6)


def test_a_week_is_the_sum_of_its_days() -> None:
    days = [date(2024, 3, 11) + timedelta(offset) for offset in range(7)]
    for kind, chosen, name in (("0", days, "주간"), ("1", days[4:], "주말"), ("2", days[:4], "주중")):
        params = {"targetDt": "20240313", "weekGb": kind}
        result = reply(1, "boxoffice/searchWeeklyBoxOfficeList", params, LATE)["boxOfficeResult"]
        assert result["boxofficeType"] == f"{name} 박스오피스"
        assert result["showRange"] == f"{chosen[0]:%Y%m%d}~{chosen[-1]:%Y%m%d}"
        assert result["yearWeekTime"] == "202411"
        best = result["weeklyBoxOfficeList"][0]
        daily = [next(row for row in rows_of(day, {}) if row["movieCd"] == best["movieCd"]) for day in chosen]
        for column in ("audiCnt", "salesAmt", "showCnt"):
            assert int(best[column]) == sum(int(row[column]) for row in daily)
        assert int(best["scrnCnt"]) == max(int(row["scrnCnt"]) for row in daily)
        assert best["audiAcc"] == daily[-1]["audiAcc"]
        assert "." in best["audiChange"]


def test_late_revisions_shrink_and_end() -> None:
    """After the reference: at 00:30 about 95 % of rows differ, by up to 0.14 %; after 11:00 on D+2 nothing moves."""
    changed: dict[int, int] = {}
    total = falls = 0
    for offset in range(0, 300, 5):
        day = date(2024, 1, 5) + timedelta(offset)
        midnight = datetime.combine(day + timedelta(1), time(0, 30), KST)
        final = {row["movieCd"]: row for row in rows_of(day, {}, midnight + timedelta(days=30))}
        for hours in (0, 10, 30, 35, 60):
            for row in rows_of(day, {}, midnight + timedelta(hours=hours)):
                if row["movieCd"] not in final:
                    continue
                settled = int(final[row["movieCd"]]["audiCnt"])
                step = settled - int(row["audiCnt"])
                assert abs(step) <= max(1, 0.0014 * settled)
                changed[hours] = changed.get(hours, 0) + (step != 0)
                total += hours == 0
                falls += hours == 0 and int(final[row["movieCd"]]["audiAcc"]) < int(row["audiAcc"])
    assert 0.88 <= changed[0] / total <= 0.98
    assert changed[0] > changed[10] > changed[30] > 0
    assert changed[35] == changed[60] == 0
    assert 0 < falls < 0.3 * total


def test_without_revisions_a_day_is_what_it_ends_up_as_from_its_first_minute() -> None:
    params = {"targetDt": "20240302"}
    first_minute, late = datetime(2024, 3, 3, 0, 1, tzinfo=KST), datetime(2024, 6, 3, 0, 1, tzinfo=KST)
    assert reply(1, DAILY, params, first_minute, revises=False) == reply(1, DAILY, params, late)
    assert reply(1, DAILY, params, first_minute) != reply(1, DAILY, params, late)


def test_days_that_have_not_passed_are_empty() -> None:
    now = datetime(2024, 5, 2, 0, 1, tzinfo=KST)
    assert rows_of(date(2024, 5, 1), {}, now)
    assert rows_of(date(2024, 5, 2), {}, now) == []
    assert rows_of(date(2003, 11, 10), {}, now) == []
    assert rows_of(date(2003, 11, 11), {}, now)


_ASK = """
import json, sys
from datetime import datetime
from include.kofic_simulator.clock import KST
from include.kofic_simulator.replies import reply
calls = json.loads(sys.stdin.read())
answers = [reply(7, e, p, datetime(2025, 6, 1, 9, tzinfo=KST)) for e, p in calls]
print(json.dumps(answers))
"""


def test_another_process_asking_in_another_order_gets_the_same_world() -> None:
    now = datetime(2025, 6, 1, 9, tzinfo=KST)
    calls: list[tuple[str, dict[str, str]]] = [
        (DAILY, {**filters, "targetDt": day}) for day in ("20250531", "20040101", "20200420") for filters in FILTERS
    ]
    calls += [("movie/searchMovieInfo", {"movieCd": row["movieCd"]}) for row in rows_of(date(2024, 2, 9), {}, now, 7)]
    calls += [
        ("movie/searchMovieList", {"openStartDt": "2024"}),
        ("people/searchPeopleList", {}),
        ("company/searchCompanyList", {}),
    ]
    here = [reply(7, endpoint, params, now) for endpoint, params in calls]
    there = subprocess.run(
        [sys.executable, "-c", _ASK],
        input=json.dumps(calls[::-1]),
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
        env={**os.environ, "PYTHONHASHSEED": "99", "PYTHONUTF8": "1"},
    )
    assert json.loads(there.stdout)[::-1] == here
    assert reply(8, *calls[0], now) != here[0]
