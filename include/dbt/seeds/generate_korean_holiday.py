"""Writes korean_holiday.csv: Korea's public holidays, from the PyPI package `holidays`.

Run it from the repository's root once a year, or after an upgrade of the package:

    python include/dbt/seeds/generate_korean_holiday.py
"""

import csv
import io
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import holidays

FIRST_YEAR = 2003
"""KOFIC's daily series starts on 2003-11-11."""

YEARS_AHEAD = 2
SEED = Path(__file__).with_name("korean_holiday.csv")


def korean_holidays(first_year: int, last_year: int) -> list[tuple[str, str]]:
    """Every public holiday of those years as (ISO date, Korean name), substitute and election days included.

    Two holidays on one day are one row, their names joined by the package with "; ".
    """
    found = holidays.country_holidays("KR", years=range(first_year, last_year + 1), categories="public", language="ko")
    return sorted((day.isoformat(), name) for day, name in found.items())


def as_csv(rows: list[tuple[str, str]]) -> str:
    """The rows as the seed file's text."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("holiday_date", "holiday_name"))
    writer.writerows(rows)
    return text.getvalue()


def main() -> None:
    """Write the seed from FIRST_YEAR to YEARS_AHEAD years after this one (Asia/Seoul)."""
    last_year = datetime.now(ZoneInfo("Asia/Seoul")).year + YEARS_AHEAD
    SEED.write_text(as_csv(korean_holidays(FIRST_YEAR, last_year)), encoding="utf-8")


if __name__ == "__main__":
    main()
