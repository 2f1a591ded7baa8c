"""The state of the data, counted in plain Python: days that are missing, figures that KOFIC contradicts, revisions."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from include.kofic.calendar import SEOUL
from tests.plain.world import DAY, UNFILTERED, Row, World, filters_of, list_name

MONTH = timedelta(days=30)


@dataclass(frozen=True)
class Warned:
    """A figure that does not fit another one, or a list with fewer films than before."""

    day: date
    title: str
    rule: str
    detail: str


def calendar_days(world: World) -> list[date]:
    """All days from the first on a list to the last."""
    listed = {row["target_date"] for row in world.listed}
    return [min(listed) + n * DAY for n in range((max(listed) - min(listed)).days + 1)]


def missing_days(world: World) -> list[date]:
    """Those of them without the list that no filter narrows."""
    there = {row["target_date"] for row in world.listed if filters_of(row) == UNFILTERED}
    return [day for day in calendar_days(world) if day not in there]


def recent(world: World) -> datetime:
    """Thirty days before the newest load."""
    loaded: datetime = max(row["loaded_at"] for row in world.raw["load_audit"])
    return loaded - MONTH


def in_seoul(moment: datetime) -> str:
    """The moment as the boards write it."""
    return f"{moment.astimezone(SEOUL):%Y-%m-%d %H:%M}"


def warnings(world: World) -> list[Warned]:
    """Each contradiction of a film's day once, and each list that became shorter."""
    since = recent(world)
    found: dict[tuple[date, str, str], tuple[str, str]] = {}
    for day, code, title, rule, detail in _contradictions(world, since):
        before = found.get((day, code, rule), ("", ""))
        found[day, code, rule] = (max(before[0], title), max(before[1], detail))
    told = [Warned(day, title, rule, detail) for (day, _, rule), (title, detail) in found.items()]
    return [*told, *_shorter(world, since)]


def _contradictions(world: World, since: datetime) -> Iterator[tuple[date, str, str, str, str]]:
    lists = {(row["target_date"], filters_of(row), row["movie_cd"]): row for row in world.listed}
    for (day, filters, code), row in lists.items():
        before = lists.get((day - DAY, filters, code))
        if before and row["captured_at"] > since:
            for rule, said, counted in (
                ("누적 관객수", row["audi_acc"], before["audi_acc"] + row["audi_cnt"]),
                ("누적 매출액", row["sales_acc"], before["sales_acc"] + row["sales_amt"]),
                ("관객수 증감", row["audi_inten"], row["audi_cnt"] - before["audi_cnt"]),
                ("매출액 증감", row["sales_inten"], row["sales_amt"] - before["sales_amt"]),
                ("순위 증감", row["rank_inten"], before["rank"] - row["rank"]),
            ):
                if said != counted:
                    yield day, code, row["movie_nm"], rule, f"KOFIC {said}, 전날에서 셈하면 {counted}"
    for film in world.films.values():
        last = film.days[max(film.days)]
        if film.total("audi_cnt") > last["audi_acc"] or film.total("sales_amt") > last["sales_acc"]:
            detail = f"KOFIC 누적 {last['audi_acc']}명, 날마다 더하면 {film.total('audi_cnt')}명"
            for row in world.listed:
                if row["movie_cd"] == film.code and row["target_date"] == max(film.days) and row["captured_at"] > since:
                    yield row["target_date"], film.code, row["movie_nm"], "관측 합계", detail


def _shorter(world: World, since: datetime) -> Iterator[Warned]:
    for (day, filters), captures in world.replies().items():
        counted = [(moment, len(rows)) for (moment, _), rows in captures.items() if moment > since]
        for (earlier, before), (moment, now) in zip(counted, counted[1:], strict=False):
            if now < before:
                rule = "거부된 기록이 있어 앞의 목록을 쓴다" if moment in world.torn else "목록이 짧아졌다"
                told = f"{in_seoul(earlier)} {before}편, {in_seoul(moment)} {now}편"
                yield Warned(day, "(목록)", rule, f"{list_name(filters)} 목록: {told}")


@dataclass
class Revised:
    """How many rows were captured so many days after their day, compared with the capture before, and found changed."""

    captured: int = 0
    compared: int = 0
    revised: int = 0


def revisions(world: World) -> dict[int, Revised]:
    """By the days from a target date to a capture."""
    found: dict[int, Revised] = defaultdict(Revised)
    before: dict[tuple[date, str], Row] = {}
    for row in sorted(world.raw["daily_box_office"], key=lambda row: (row["captured_at"], row["source_object"])):
        if filters_of(row) == UNFILTERED:
            each = found[(row["captured_at"].astimezone(SEOUL).date() - row["target_date"]).days]
            earlier = before.get((row["target_date"], row["movie_cd"]))
            each.captured += 1
            each.compared += earlier is not None
            each.revised += earlier is not None and _figures(earlier) != _figures(row)
            before[row["target_date"], row["movie_cd"]] = row
    return found


def _figures(row: Row) -> tuple[Any, Any]:
    return row["audi_cnt"], row["sales_amt"]
