"""Writes korean_holiday.csv and korean_holiday_window.csv: Korea's public holidays, from the PyPI package `holidays`, and the
days around each holiday that belong to it.

Run it from the repository's root once a year, or after an upgrade of the package:

    python include/dbt/seeds/generate_korean_holiday.py
"""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import holidays

FIRST_YEAR = 2003
"""KOFIC's daily series starts on 2003-11-11."""

YEARS_AHEAD = 2
SEED = Path(__file__).with_name("korean_holiday.csv")
WINDOW_SEED = Path(__file__).with_name("korean_holiday_window.csv")

RETURNING = {
    "신정연휴": "신정",
    "설날": "설날",
    "삼일절": "삼일절",
    "식목일": "식목일",
    "노동절": "노동절",
    "어린이날": "어린이날",
    "석가탄신일": "부처님오신날",
    "부처님오신날": "부처님오신날",
    "현충일": "현충일",
    "제헌절": "제헌절",
    "광복절": "광복절",
    "추석": "추석",
    "개천절": "개천절",
    "한글날": "한글날",
}
"""The package's names of the holidays that return every year, and today's. Election days, temporary and substitute holidays are
only part of a window."""

LUNAR = {"설날", "부처님오신날", "추석"}

FIXED = {"밸런타인데이": (2, 14, 1), "화이트데이": (3, 14, 1), "핼러윈": (10, 31, 6), "크리스마스": (12, 25, 1)}
"""Days that are no day off by themselves, or not for that: month, day, and the days before it in the window."""


def korean_holidays(first_year: int, last_year: int) -> list[tuple[str, str]]:
    """Every public holiday of those years as (ISO date, Korean name), substitute and election days included.

    Two holidays on one day are one row, their names joined by the package with "; ".
    """
    found = holidays.country_holidays("KR", years=range(first_year, last_year + 1), categories="public", language="ko")
    return sorted((day.isoformat(), name) for day, name in found.items())


def holiday_windows(public: Iterable[tuple[str, str]]) -> list[tuple[str, str, str, str, str]]:
    """Holiday, its date, the first and the last day of its window (ISO dates), and whether it is lunar, by date and name.

    The window of a public holiday is the unbroken run of days off around it; the others' ends on the day.
    """
    names = {date.fromisoformat(day): name.split("; ") for day, name in public}

    def is_off(day: date) -> bool:
        return day.isoweekday() >= 6 or day in names

    def last_off(day: date, step: timedelta) -> date:
        while is_off(day + step):
            day += step
        return day

    def windows() -> Iterator[tuple[str, date, date, date]]:
        one = timedelta(days=1)
        for day, of_the_day in names.items():
            for name in of_the_day:
                if name in RETURNING:
                    yield RETURNING[name], day, last_off(day, -one), last_off(day, one)
        for year in sorted({day.year for day in names}):
            for name, (month, number, before) in FIXED.items():
                yield name, date(year, month, number), date(year, month, number) - before * one, date(year, month, number)

    found = sorted(windows(), key=lambda window: (window[1], window[0]))
    return [(name, *map(str, days), str(name in LUNAR).lower()) for name, *days in found]


def as_csv(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """The rows as a seed file's text."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def seeds(last_year: int) -> dict[Path, str]:
    """The text of both seeds, from FIRST_YEAR to the end of `last_year`."""
    public = korean_holidays(FIRST_YEAR, last_year)
    header = ("holiday_nm", "holiday_date", "window_first", "window_last", "is_lunar")
    return {
        SEED: as_csv(("holiday_date", "holiday_name"), public),
        WINDOW_SEED: as_csv(header, holiday_windows(public)),
    }


def main() -> None:
    """Write the seeds up to YEARS_AHEAD years after this one (Asia/Seoul)."""
    for seed, text in seeds(datetime.now(ZoneInfo("Asia/Seoul")).year + YEARS_AHEAD).items():
        seed.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
