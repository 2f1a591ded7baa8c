"""What the files of the lake tell, counted in plain Python: the replies that count, the days, the films, the periods.

It owes nothing to the dbt project: what a word means is taken from the descriptions in its yml, and written here a second time.
"""

import csv
import math
import statistics
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

Row = dict[str, Any]
FilterSet = tuple[str, str, str]
DAY = timedelta(days=1)
UNFILTERED: FilterSet = ("ALL", "ALL", "ALL")
DAILY = "boxoffice/searchDailyBoxOfficeList"
WEEKLY = "boxoffice/searchWeeklyBoxOfficeList"
UNKNOWN = "미상"
NO_GENRE = "장르 없음"
SEASONS = ("겨울", "봄", "여름", "가을")
NATIONS = {"K": "한국", "F": "외국"}
TYPES = {"Y": "다양성", "N": "상업"}
WEEK_PARTS = {"0": "주간", "1": "주말", "2": "주중"}


def filters_of(row: Row) -> FilterSet:
    """The filter set of a list that a row stands on."""
    return row["multi_movie_yn"], row["rep_nation_cd"], row["wide_area_cd"]


def windows(holiday: str) -> list[Row]:
    """A holiday's windows, one a year, as the project's calendar has them: holiday_date, window_first, window_last."""
    seed = Path(__file__).parents[2] / "include" / "dbt" / "seeds" / "korean_holiday_window.csv"
    with seed.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    days = ("holiday_date", "window_first", "window_last")
    return [{name: date.fromisoformat(row[name]) for name in days} for row in rows if row["holiday_nm"] == holiday]


def season(day: date) -> str:
    """The season of a day."""
    return SEASONS[day.month % 12 // 3]


def season_start(day: date) -> date:
    """The first day of its season."""
    first = day.month // 3 * 3
    return date(day.year, first, 1) if first else date(day.year - 1, 12, 1)


def month_start(day: date) -> date:
    """The first day of its month."""
    return day.replace(day=1)


@dataclass(frozen=True)
class Credit:
    """A company's part in a film, and the share of the film's figures that it is given."""

    group: str
    role: str
    code: str
    name: str
    share: float


@dataclass(frozen=True, eq=False)
class Film:
    """A film of the national lists. `days` are its figures of each day on them; a film on several lists counts once."""

    code: str
    title: str
    label: str
    released: date | None
    nation: str
    film_type: str
    observation: str
    genres: tuple[str, ...]
    credits: tuple[Credit, ...]
    distributor: str
    actors: tuple[str, ...]
    directors: tuple[str, ...]
    days: Mapping[date, Row]
    peak_screens: int
    total_admissions: int

    @property
    def open_dt(self) -> date:
        """The release, or the first day on a list where KOFIC names none."""
        return self.released or min(self.days)

    @property
    def genre_names(self) -> tuple[str, ...]:
        """Its genres, or that it has none."""
        return self.genres or (NO_GENRE,)

    @property
    def is_from_opening(self) -> bool:
        """Whether it was observed from its opening on, and is no re-release."""
        return self.observation == "개봉부터 관측"

    @property
    def is_wide(self) -> bool:
        """Whether a hundred screens or more showed it on one day."""
        return self.peak_screens >= 100

    def total(self, figure: str, first: date = date.min, last: date = date.max) -> int:
        """A figure of its days, added up."""
        return sum(row[figure] for day, row in self.days.items() if first <= day <= last)

    def people(self, credit: str) -> tuple[str, ...]:
        """Its first five actors, or its directors; each name once."""
        return self.actors if credit == "배우" else self.directors


@dataclass(frozen=True, eq=False)
class Run:
    """A film from its opening on, as KOFIC's running totals tell it; None where they do not."""

    film: Film
    opening_day: int | None
    first_weekend: int | None
    second_weekend: int | None
    days_left: int
    is_running: bool

    @property
    def multiple(self) -> float | None:
        """All admissions for each of the first weekend."""
        return self.film.total_admissions / self.first_weekend if self.first_weekend else None

    @property
    def second_change(self) -> float | None:
        """The second weekend against the first, in per cent."""
        if not self.first_weekend or self.second_weekend is None:
            return None
        return 100 * self.second_weekend / self.first_weekend - 100

    def on_day(self, number: int) -> Row | None:
        """The film's figures of that day of its run, 1 the opening; None where it was on no list."""
        return self.film.days.get(self.film.open_dt + (number - 1) * DAY)


@dataclass(frozen=True)
class Ranked:
    """A film's place in the list of a period."""

    period: str
    first: date
    last: date
    list_name: str
    is_official: bool
    rank: int
    movement: str
    code: str
    title: str
    sales: int
    admissions: int
    change: Decimal | None
    admissions_by_days: int | None
    screens: int


@dataclass(frozen=True)
class World:
    """All that was captured: the rows of the raw tables by table, the record of the loads among them."""

    raw: Mapping[str, list[Row]]

    @cached_property
    def torn(self) -> set[datetime]:
        """The moments of replies with records that could not be read."""
        return {call["captured_at"] for call in self.raw["api_call"] if call["rejected"] and call["endpoint"] in (DAILY, WEEKLY)}

    def replies(self) -> dict[tuple[date, FilterSet], dict[tuple[datetime, str], list[Row]]]:
        """The rows of each day and filter set, by the moment and object of their reply, in the order of these."""
        found: dict[tuple[date, FilterSet], dict[tuple[datetime, str], list[Row]]] = defaultdict(lambda: defaultdict(list))
        for row in sorted(self.raw["daily_box_office"], key=lambda row: (row["captured_at"], row["source_object"])):
            found[row["target_date"], filters_of(row)][row["captured_at"], row["source_object"]].append(row)
        return found

    @cached_property
    def listed(self) -> list[Row]:
        """The rows of the replies that count: the latest whole one, unless a torn one after it has as many films."""
        chosen = []
        for captures in self.replies().values():
            whole = max((moment for moment, _ in captures if moment not in self.torn), default=None)
            counting = {at: rows for at, rows in captures.items() if whole is None or at[0] >= whole}
            chosen += max(counting.items(), key=lambda capture: (len(capture[1]), capture[0]))[1]
        return chosen

    @cached_property
    def national(self) -> list[Row]:
        """Those of the lists of all areas."""
        return [row for row in self.listed if row["wide_area_cd"] == "ALL"]

    @cached_property
    def film_days(self) -> dict[tuple[date, str], Row]:
        """Each film of each day once: its figures on the list that was captured last."""
        found: dict[tuple[date, str], Row] = {}
        for row in sorted(self.national, key=lambda row: (-row["captured_at"].timestamp(), *filters_of(row))):
            found.setdefault((row["target_date"], row["movie_cd"]), row)
        return found

    @cached_property
    def days(self) -> dict[date, list[Row]]:
        """The film-days by day, in order."""
        found: dict[date, list[Row]] = defaultdict(list)
        for (day, _), row in sorted(self.film_days.items()):
            found[day].append(row)
        return found

    @property
    def first_day(self) -> date:
        """The oldest day."""
        return min(self.days)

    @property
    def last_day(self) -> date:
        """The newest day."""
        return max(self.days)

    def sum_of(self, day: date, figure: str) -> int:
        """A figure of all films of a day."""
        return sum(row[figure] for row in self.days.get(day, []))

    @cached_property
    def films(self) -> dict[str, Film]:
        """Every film of the national lists."""
        return _films(self)

    @cached_property
    def master(self) -> dict[str, Row]:
        """What KOFIC knows of each film: the latest reply in which it knew the film, or that it never did."""
        found: dict[str, Row] = {}
        for row in sorted(self.raw["movie"], key=lambda row: (row["known_to_api"], row["captured_at"], row["source_object"])):
            found[row["movie_cd"]] = row
        return found

    def entries(self, table: str) -> dict[str, list[Row]]:
        """A list of the films' master data, by film, in its order."""
        found: dict[str, list[Row]] = defaultdict(list)
        for row in sorted(self.raw[table], key=lambda row: int(row["position"])):
            known = self.master.get(row["movie_cd"])
            if known and known["known_to_api"] and known["captured_at"] == row["captured_at"]:
                found[row["movie_cd"]].append(row)
        return found

    @cached_property
    def runs(self) -> list[Run]:
        """The runs of the films that were observed from their opening on."""
        opened = [film for film in self.films.values() if film.is_from_opening and max(film.days) >= film.open_dt]
        return [_run(film, self.is_running(film)) for film in opened]

    def is_running(self, film: Film) -> bool:
        """Whether it was on a list in the newest seven days."""
        return max(film.days) >= self.last_day - 6 * DAY

    @cached_property
    def line(self) -> tuple[float, float] | None:
        """Slope and intercept of the line through the logarithms of screens and admissions of the films since their opening that
        had a hundred screens or more; None for fewer than ten.
        """
        films = [film for film in self.films.values() if film.is_from_opening and film.is_wide and film.total("audi_cnt")]
        if len(films) < 10:
            return None
        screens, admissions = ([math.log(each) for each in figures] for figures in zip(*map(_drawn, films), strict=True))
        slope, intercept = statistics.linear_regression(screens, admissions)
        return slope, intercept

    def expected(self, film: Film) -> float:
        """The admissions that the line expects for a wide film's screens."""
        assert self.line
        slope, intercept = self.line
        return math.exp(intercept + slope * math.log(film.peak_screens))

    def shares(self, film: Film) -> tuple[float, float]:
        """A film's part of the screens and of the sales of the days on which it was listed, in per cent."""
        listed = [(day, row) for day, row in film.days.items() if row["scrn_cnt"] is not None]
        screens, sales = (
            100 * sum(row[figure] for _, row in listed) / sum(self.sum_of(day, figure) for day, _ in listed)
            for figure in ("scrn_cnt", "sales_amt")
        )
        return screens, sales

    @cached_property
    def ranked(self) -> list[Ranked]:
        """The lists of weeks, their parts and months: KOFIC's own, and those of the days where there is none."""
        return [*_official(self), *_by_days(self)]


def _drawn(film: Film) -> tuple[int, int]:
    return film.peak_screens, film.total("audi_cnt")


def _films(world: World) -> dict[str, Film]:
    by_film: dict[str, list[Row]] = defaultdict(list)
    for row in world.national:
        by_film[row["movie_cd"]].append(row)
    film_days: dict[str, dict[date, Row]] = defaultdict(dict)
    for (day, code), row in sorted(world.film_days.items()):
        film_days[code][day] = row
    collected = sorted({row["target_date"] for row in world.listed if filters_of(row) == UNFILTERED})
    nations, genres, companies = (world.entries(f"movie_{name}") for name in ("nation", "genre", "company"))
    actors, directors = world.entries("movie_actor"), world.entries("movie_director")
    found = {}
    for code, rows in by_film.items():
        # The latest list first, of several of that day and moment the first by name.
        rows.sort(key=lambda row: (-row["target_date"].toordinal(), -row["captured_at"].timestamp(), *filters_of(row)))
        master: Row = world.master.get(code, {})
        days = film_days[code]
        released = master.get("open_dt") or rows[0]["open_dt"]
        nation = _filtered(rows, "rep_nation_cd", "KF") or _first_nation(nations[code])
        nation_name = NATIONS.get(nation or "", UNKNOWN)
        diversity = _filtered(rows, "multi_movie_yn", "YN")
        parts = _parts(companies[code])
        found[code] = Film(
            code=code,
            title=master.get("movie_nm") or rows[0]["movie_nm"] or code,
            label="",
            released=released,
            nation=nation_name,
            film_type=TYPES.get(diversity or "", UNKNOWN),
            observation=_observation(min(days), max(days), released, master.get("prdt_year"), collected),
            genres=tuple(dict.fromkeys(row["genre_nm"] for row in genres[code] if row["genre_nm"])),
            credits=tuple(_credits(parts, nation_name)),
            distributor=next((row["company_nm"] for row in parts if row["company_part_nm"] == "배급사"), None) or UNKNOWN,
            actors=_names(actors[code][:5]),
            directors=_names(directors[code]),
            days=days,
            peak_screens=max(row["scrn_cnt"] or 0 for row in rows),
            total_admissions=max(row["audi_acc"] for row in rows),
        )
    return _labelled(found)


def _filtered(rows: list[Row], column: str, values: str) -> str | None:
    """Which of two filters the film was last listed under."""
    named = [row for row in rows if row[column] in tuple(values)]
    if not named:
        return None
    newest = max((row["target_date"], row["captured_at"]) for row in named)
    return max(str(row[column]) for row in named if (row["target_date"], row["captured_at"]) == newest)


def _first_nation(rows: list[Row]) -> str | None:
    first = next((row["nation_nm"] for row in rows if row["nation_nm"]), None)
    return first and ("K" if first == "한국" else "F")


def _observation(first: date, last: date, released: date | None, made: int | None, collected: list[date]) -> str:
    if released and ((first - released).days > 180 or (made is not None and released.year - made > 10)):
        return "재개봉"
    if released is None:
        return "개봉일 미상"
    is_followed = any(released in stretch and last in stretch for stretch in _stretches(collected))
    return "개봉부터 관측" if is_followed else "도중부터 관측"


def _stretches(days: list[date]) -> Iterator[set[date]]:
    """The days in groups without a gap."""
    stretch: set[date] = set()
    for day in days:
        if stretch and day - DAY not in stretch:
            yield stretch
            stretch = set()
        stretch.add(day)
    yield stretch


def _parts(rows: list[Row]) -> list[Row]:
    """A film's companies; one that is named twice for the same part counts once."""
    found: dict[tuple[str, str], Row] = {}
    for row in rows:
        found.setdefault((row["company_cd"] or "-", row["company_part_nm"] or "-"), row)
    return list(found.values())


def _credits(parts: list[Row], nation: str) -> Iterator[Credit]:
    """An even share for each distributor, and for each importer of a foreign film or producer of another; where nobody has that
    role, for those of the other one; where nobody has either, all for the unknown.
    """
    first, other = ("수입사", "제작사") if nation == "외국" else ("제작사", "수입사")
    of = {role: [row for row in parts if row["company_part_nm"] == role] for role in ("배급사", first, other)}
    for group, role in (("배급사", "배급사"), ("제작·수입사", first if of[first] else other)):
        for row in of[role]:
            yield Credit(group, role, row["company_cd"] or "-", row["company_nm"] or UNKNOWN, 1 / len(of[role]))
        if not of[role]:
            yield Credit(group, UNKNOWN, "-", UNKNOWN, 1)


def _names(rows: list[Row]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(row["people_nm"] for row in rows if row["people_nm"]))


def _labelled(films: dict[str, Film]) -> dict[str, Film]:
    """Title and year; films that share both are numbered as they came."""
    seen: dict[tuple[int, str], int] = defaultdict(int)
    labels = {}
    for film in sorted(films.values(), key=lambda film: (min(film.days), film.code)):
        key = (film.open_dt.year, film.title)
        seen[key] += 1
        labels[film.code] = f"{film.title} ({film.open_dt.year})" + (f" #{seen[key]}" if seen[key] > 1 else "")
    return {code: Film(**{**vars(film), "label": labels[code]}) for code, film in films.items()}


def _run(film: Film, is_running: bool) -> Run:
    def counted_until(day: date) -> int | None:
        """KOFIC's running total at the end of a day, told by that day's entry or by the next day's."""
        if day in film.days:
            return int(film.days[day]["audi_acc"])
        after = film.days.get(day + DAY)
        return after["audi_acc"] - after["audi_cnt"] if after else None

    def weekend(friday: date) -> int | None:
        before, after = counted_until(max(friday, film.open_dt) - DAY), counted_until(friday + 2 * DAY)
        return None if before is None or after is None else after - before

    friday = film.open_dt + (4 - film.open_dt.weekday()) * DAY
    first = film.days.get(film.open_dt)
    return Run(
        film,
        first["audi_cnt"] if first else None,
        weekend(friday),
        weekend(friday + 7 * DAY),
        (max(film.days) - film.open_dt).days + 1,
        is_running,
    )


def movement(gained: int | None, is_new: bool) -> str:
    """How a film's place changed, as the boards write it; empty where that is unknown."""
    if is_new:
        return "NEW"
    return "" if gained is None else f"▲{gained}" if gained > 0 else f"▼{-gained}" if gained < 0 else "–"


def list_name(filters: FilterSet) -> str:
    """A list by its filters."""
    diversity, nation, area = filters
    words = [TYPES.get(diversity), NATIONS.get(nation)]
    name = " ".join(word for word in words if word) or "전체"
    return name if area == "ALL" else f"{name} 지역 {area}"


def _ranked_list(row: Row) -> str | None:
    """The list that a row of a national list stands on, if it has one filter at most."""
    return list_name(filters_of(row)) if "ALL" in (row["multi_movie_yn"], row["rep_nation_cd"]) else None


Period = tuple[str, date, date]
"""Its kind, its first and its last day."""


def _periods(day: date) -> Iterator[Period]:
    monday = day - day.weekday() * DAY
    yield "주간", monday, monday + 6 * DAY
    yield ("주말", monday + 4 * DAY, monday + 6 * DAY) if day.weekday() >= 4 else ("주중", monday, monday + 3 * DAY)
    first = month_start(day)
    yield "월간", first, month_start(first + 31 * DAY) - DAY


def _sums(world: World) -> dict[tuple[Period, str], dict[str, Row]]:
    """By period that is over, and list: each film's figures of its days on that list."""
    found: dict[tuple[Period, str], dict[str, Row]] = defaultdict(dict)
    for row in world.national:
        name = _ranked_list(row)
        for period in _periods(row["target_date"]):
            if name and period[2] <= world.last_day:
                figures = found[period, name].setdefault(row["movie_cd"], {"days": 0, "sales": 0, "admissions": 0, "screens": 0})
                figures["days"] += 1
                figures["sales"] += row["sales_amt"]
                figures["admissions"] += row["audi_cnt"]
                figures["screens"] = max(figures["screens"], row["scrn_cnt"])
    return found


def _official_rows(world: World) -> dict[tuple[Period, str], list[Row]]:
    captures: dict[tuple[Period, str], dict[tuple[bool, datetime, str], list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in world.raw["weekly_box_office"]:
        if (name := _ranked_list(row)) and row["wide_area_cd"] == "ALL":
            period = (WEEK_PARTS[row["week_gb"]], row["first_date"], row["last_date"])
            at = (row["captured_at"] not in world.torn, row["captured_at"], row["source_object"])
            captures[period, name][at].append(row)
    return {key: rows[max(rows)] for key, rows in captures.items()}


def _official(world: World) -> Iterator[Ranked]:
    sums = _sums(world)
    for (period, name), rows in _official_rows(world).items():
        for row in rows:
            code, is_new = row["movie_cd"], row["rank_old_and_new"] == "NEW"
            film, by_days = world.films.get(code), sums.get((period, name), {}).get(code)
            yield Ranked(
                *period,
                list_name=name,
                is_official=True,
                rank=row["rank"],
                movement=movement(row["rank_inten"], is_new),
                code=code,
                title=film.title if film else row["movie_nm"],
                sales=row["sales_amt"],
                admissions=row["audi_cnt"],
                # KOFIC sends 100 % for what was not there before.
                change=Decimal(str(row["audi_change"]))
                if row["audi_inten"] != row["audi_cnt"] and _was_released(film, period[2] - 7 * DAY)
                else None,
                admissions_by_days=by_days["admissions"] if by_days else None,
                screens=row["scrn_cnt"],
            )


def _by_days(world: World) -> Iterator[Ranked]:
    sums, official = _sums(world), _official_rows(world)
    ranks = {key: _ranks(films) for key, films in sums.items()}
    for (period, name), films in sums.items():
        if (period, name) in official:
            continue
        kind, first, last = period
        (before,) = (each for each in _periods(first - DAY if kind == "월간" else last - 7 * DAY) if each[0] == kind)
        earlier = ranks.get((before, name))
        for code, figures in films.items():
            if (rank := ranks[period, name][code]) > 10:
                continue
            place = earlier.get(code, 11) if earlier else None
            known = place if place and place <= 10 else None
            last_time = sums[before, name][code] if known else None
            is_comparable = (
                last_time is not None
                and _is_every_day(before, last_time)
                and _is_every_day(period, figures)
                and _was_released(world.films[code], before[2])
            )
            yield Ranked(
                *period,
                list_name=name,
                is_official=False,
                rank=rank,
                movement=movement(known and known - rank, earlier is not None and known is None),
                code=code,
                title=world.films[code].title,
                sales=figures["sales"],
                admissions=figures["admissions"],
                change=_change(last_time["admissions"], figures["admissions"]) if is_comparable else None,
                admissions_by_days=figures["admissions"],
                screens=figures["screens"],
            )


def _was_released(film: Film | None, day: date) -> bool:
    """Previews before the release are no week to compare with."""
    return film is not None and film.open_dt <= day


def _is_every_day(period: Period, figures: Row) -> bool:
    _, first, last = period
    return bool(figures["days"] == (last - first).days + 1)


def _change(before: int, now: int) -> Decimal:
    return (Decimal(100 * (now - before)) / before).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _ranks(films: Mapping[str, Row]) -> dict[str, int]:
    return {code: 1 + sum(other["admissions"] > each["admissions"] for other in films.values()) for code, each in films.items()}


def added_up(pairs: Iterable[tuple[Any, float]]) -> dict[Any, float]:
    """The figures of each key, added up."""
    found: dict[Any, float] = defaultdict(float)
    for key, figure in pairs:
        found[key] += figure
    return dict(found)
