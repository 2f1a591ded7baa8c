"""The state of the data."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from include.kofic.calendar import SEOUL
from tests.plain.state import calendar_days, in_seoul, missing_days, recent, revisions, warnings
from tests.plain.view import Cells, Figures, View, one
from tests.plain.world import Row, added_up, month_start

TABLES = {
    "daily_box_office": ("일별 박스오피스", "boxoffice/searchDaily"),
    "weekly_box_office": ("주간·주말 박스오피스", "boxoffice/searchWeekly"),
    "movie": ("영화 정보", "movie/"),
    "movie_nation": ("영화의 국가", "movie/"),
    "movie_genre": ("영화의 장르", "movie/"),
    "movie_director": ("영화의 감독", "movie/"),
    "movie_actor": ("영화의 배우", "movie/"),
    "movie_show_type": ("영화의 상영 형태", "movie/"),
    "movie_company": ("영화의 회사", "movie/"),
    "movie_audit": ("영화의 심의", "movie/"),
    "movie_staff": ("영화의 스태프", "movie/"),
    "api_call": ("호출", ""),
    "rejected_record": ("거부된 기록", ""),
}
"""The raw tables: their names on a board, and the endpoints that fill them."""


def _months_captured(view: View) -> list[Cells]:
    missing = missing_days(view.world)
    days = calendar_days(view.world)
    months = sorted({month_start(day) for day in days})
    return [
        (
            month,
            sum(month_start(day) == month and day not in missing for day in days),
            sum(month_start(day) == month for day in missing),
        )
        for month in months
    ]


def _calls(view: View) -> dict[date, int]:
    found = added_up((call["captured_at"].astimezone(SEOUL).date(), call["attempts"]) for call in view.world.raw["api_call"])
    return {day: int(calls) for day, calls in found.items()}


def _late_revisions(view: View) -> list[Cells]:
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for days, each in revisions(view.world).items():
        sums = found["8일 이상" if days > 7 else f"{days}일 뒤"]
        for place, rows in enumerate((each.captured, each.compared, each.revised)):
            sums[place] += rows
    return [(name, *sums) for name, sums in found.items()]


def _warned(view: View) -> list[Cells]:
    found = added_up(((str(each.day), each.title, each.rule, each.detail), 1) for each in warnings(view.world))
    return [(*key, count) for key, count in found.items()]


def _rejected(view: View) -> list[Row]:
    return [row for row in view.world.raw["rejected_record"] if row["part"] == 1]


def _rejected_by_reason(view: View) -> list[Cells]:
    """The made-up world's broken records have one fault: no number where admissions should be."""
    found = added_up(((TABLES[row["table_name"]][0], row["reason"]), 1) for row in _rejected(view))
    calls = {call["captured_at"].astimezone(SEOUL).date() for call in view.world.raw["api_call"]}
    sound = calls - {row["captured_at"].astimezone(SEOUL).date() for row in view.world.raw["rejected_record"]}
    told = [(table, _in_korean(reason), count) for (table, reason), count in found.items()]
    return [*told, *([("-", "거부 없음", 0)] if sound else [])]


def _in_korean(reason: str) -> str:
    field, rule = reason.split(" ", 1)
    return f"{field}: {({'is not a whole number': '정수가 아님', 'is missing': '값이 없음'})[rule]}"


def _table_status(view: View) -> Iterator[Cells]:
    since = recent(view.world)
    for table, (name, endpoint) in TABLES.items():
        loads = [row for row in view.world.raw["load_audit"] if row["table_name"] == table and row["loaded_at"] > since]
        answered = [
            call["captured_at"]
            for call in view.world.raw["api_call"]
            if call["endpoint"].startswith(endpoint) and call["captured_at"] > since
        ]
        yield (
            name,
            in_seoul(max(answered)) if answered else None,
            in_seoul(max(row["loaded_at"] for row in loads)) if loads else None,
            sum(row["row_count"] for row in loads),
            len(loads),
        )


CHARTS: dict[str, tuple[Figures, ...]] = {
    "captured-days": one(lambda view: len({row["target_date"] for row in view.world.listed}), "captured_days"),
    "missing-days": one(lambda view: len(missing_days(view.world)), "missing_days"),
    "days-captured": (Figures(_months_captured, ("target_date", "captured_days", "missing_days")),),
    "rejected-records": one(lambda view: len(_rejected(view)), "rejected"),
    "rejected-by-reason": (Figures(_rejected_by_reason, ("table_nm", "reason_nm", "rejected")),),
    "quota-used": one(lambda view: round(max(_calls(view).values()) / 3000, 4), "quota_share_max"),
    "calls-of-quota": (
        Figures(
            lambda view: [(str(day), calls, 3000) for day, calls in _calls(view).items()], ("day_nm", "attempts_sum", "quota_max")
        ),
    ),
    "late-revisions": (Figures(_late_revisions, ("days_after_nm", "captured", "compared", "revised")),),
    "kofic-warnings": (
        Figures(_warned, ("shown_on", "movie_nm", "rule_nm", "detail_txt", "warnings"), first=100, by="warnings"),
    ),
    "table-status": (Figures(_table_status, ("table_nm", "last_captured_kst", "last_loaded_kst", "rows", "object_count")),),
}
