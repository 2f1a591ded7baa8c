"""The films of the world, in weekly release cohorts; a cohort is computed from `(seed, week)` alone.

A week is numbered by `ordinal // 7` of its days: proleptic ordinals divided by 7 start on a Sunday, so Wednesday, the
usual opening day in Korea, is its fourth day. A film's code holds its cohort and its place in it, so that a code can
be resolved without a table.
"""

import math
import random
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from .draw import generator, number
from .season import near_family_holiday
from .words import GENRES, NATIONS

OLDEST_WEEK = date(1975, 1, 5).toordinal() // 7
"""The first cohort: re-released classics come from here on."""
RERUN_WEEKS = (52, 104, 156, 260, 520, 780, 1040)
"""How many weeks after its opening a film can come back."""
PREVIEW_WEEKS = 3
"""How many weeks before its opening a film can be previewed."""
_PLACES = 30
_LAGS = 3
_LETTERS = "ABCDEFGHKL"


@dataclass(frozen=True, slots=True)
class Film:
    """What decides a film's box office. `opening_week`: expected admissions of the first seven days in an average 2024 week."""

    code: str
    week: int
    place: int
    kind: str
    opened: date
    nation: str
    nation_name: str
    is_diversity: bool
    genres: tuple[str, ...]
    opening_week: float
    weekly_decay: float
    run_days: int
    preview_days: tuple[int, ...]
    opening_boost: float
    screen_bias: float
    price_factor: float
    is_open_date_blank: bool
    rerun_weeks: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Kind:
    name: str
    per_week: float
    median: float
    spread: float
    decay: tuple[float, float]
    days: tuple[int, int]
    diversity: float
    korean: float


_KINDS = (
    _Kind("tentpole", 0.42, 850_000, 0.85, (0.52, 0.82), (42, 110), 0.0, 0.52),
    _Kind("wide", 0.7, 60_000, 0.9, (0.32, 0.62), (24, 60), 0.0, 0.42),
    _Kind("middle", 2.0, 11_000, 0.9, (0.30, 0.62), (14, 49), 0.2, 0.22),
    _Kind("art", 0.25, 45_000, 0.8, (0.55, 0.85), (42, 100), 1.0, 0.36),
    _Kind("art", 3.4, 6_500, 1.15, (0.35, 0.75), (12, 60), 0.95, 0.3),
    _Kind("small", 6.6, 700, 1.15, (0.30, 0.70), (4, 45), 0.45, 0.62),
    _Kind("event", 1.1, 12_000, 1.0, (0.10, 0.30), (2, 14), 0.1, 0.45),
    _Kind("shelf", 6.0, 0, 0.0, (0.5, 0.5), (1, 1), 0.3, 0.5),
)


def week_of(day: date) -> int:
    """The number of the week of a date."""
    return day.toordinal() // 7


def _codes_year(week: int) -> tuple[int, int]:
    day = date.fromordinal(week * 7)
    return day.year, (day.timetuple().tm_yday - 1) // 7


def _code(seed: int, week: int, place: int, lag: int) -> str:
    year, week_of_year = _codes_year(week)
    plain = (week_of_year * _PLACES + place) * _LAGS + lag
    mixed = (plain * 7919 + 131) % 10_000
    year -= lag
    if year >= 2022 and number(seed, "letter", week, place) % 8 == 0:
        return f"{year}{_LETTERS[mixed // 1000]}{mixed % 1000:03d}"
    return f"{year}{mixed:04d}"


def _poisson(rng: random.Random, mean: float) -> int:
    limit, product, count = math.exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        count += 1
    return count


def _slate(kind: str, day: date) -> float:
    if kind == "tentpole":
        if (7, 12) <= (day.month, day.day) <= (8, 15) or (12, 13) <= (day.month, day.day) <= (12, 27):
            return 2.6
        return 2.4 if near_family_holiday(day) else (1.5 if (4, 24) <= (day.month, day.day) <= (5, 25) else 0.75)
    return 1.0


def _genre_season(genre: str, day: date) -> float:
    month = day.month
    if genre == "공포(호러)":
        return 3.0 if month in (7, 8) else 1.6 if month == 6 else 0.7
    if genre in ("가족", "애니메이션"):
        if month in (12, 1, 7, 8) or (4, 20) <= (month, day.day) <= (5, 8) or near_family_holiday(day):
            return 1.8
        return 0.8
    if genre == "멜로/로맨스":
        return 2.2 if month in (2, 12) else 1.5 if month in (3, 11) else 0.8
    if genre == "사극":
        return 2.5 if near_family_holiday(day) or month in (7, 8) else 0.7
    return 1.0


def _genres(rng: random.Random, kind: str, nation: str, day: date) -> tuple[str, ...]:
    if kind == "event":
        return ("공연",) if rng.random() < 0.6 else ("애니메이션",)
    if rng.random() < (0.01 if kind in ("tentpole", "wide") else 0.04):
        return ()
    names = [name for name, _ in GENRES]
    weights = []
    for name, weight in GENRES:
        if kind in ("tentpole", "wide"):
            weight *= {
                "다큐멘터리": 0.02,
                "공연": 0.05,
                "기타": 0.0,
                "액션": 2.5,
                "범죄": 1.6,
                "사극": 1.5 if nation == "K" else 0.0,
            }.get(name, 1.0)
        if name == "사극" and nation == "F":
            weight = 0.0
        weights.append(weight * _genre_season(name, day))
    count = rng.choices((1, 2, 3), (66, 24, 10))[0]
    chosen: list[str] = []
    while len(chosen) < count:
        genre = rng.choices(names, weights)[0]
        if genre not in chosen:
            chosen.append(genre)
    return tuple(chosen)


def _opening_day(rng: random.Random, week: int, kind: str) -> date:
    offset = rng.choices((3, 4, 5, 6, 1), (84, 9, 4, 2, 1) if kind != "event" else (50, 20, 15, 10, 5))[0]
    return date.fromordinal(week * 7 + offset)


def _film(seed: int, week: int, place: int, kind: _Kind, rng: random.Random) -> Film:
    opened = _opening_day(rng, week, kind.name)
    korean = kind.korean + (0.18 if kind.name == "tentpole" and (near_family_holiday(opened) or opened.month in (7, 8)) else 0.0)
    nation = "K" if rng.random() < korean else "F"
    nation_name = "한국" if nation == "K" else rng.choices([n for n, _ in NATIONS], [w for _, w in NATIONS])[0]
    genres = _genres(rng, kind.name, nation, opened)
    size = kind.median * math.exp(rng.gauss(0.0, kind.spread)) if kind.median else 0.0
    if kind.name in ("middle", "art", "small"):
        size *= 0.6 if nation == "K" else 1.15
    if genres:
        size *= _genre_season(genres[0], opened) ** 0.35
    if kind.name == "tentpole":
        size = min(size * (1.15 if nation == "K" else 0.85), 4_500_000)
    previews: tuple[int, ...] = ()
    if kind.name != "event" and rng.random() < 0.85:
        previews = tuple(sorted({-rng.randint(1, PREVIEW_WEEKS * 7) for _ in range(rng.randint(1, 11))}))
    chance = {"tentpole": 0.10, "wide": 0.07, "middle": 0.05, "art": 0.06, "small": 0.02, "event": 0.02}.get(kind.name, 0.0)
    return Film(
        code=_code(seed, week, place, rng.choices((0, 1, 2), (45, 40, 15))[0]),
        week=week,
        place=place,
        kind=kind.name,
        opened=opened,
        nation=nation,
        nation_name=nation_name,
        is_diversity=rng.random() < kind.diversity,
        genres=genres,
        opening_week=size,
        weekly_decay=rng.uniform(*kind.decay),
        run_days=rng.randint(*kind.days),
        preview_days=previews,
        opening_boost=rng.uniform(1.1, 1.9) if kind.name != "event" else rng.uniform(1.8, 3.5),
        screen_bias=math.exp(rng.gauss(0.0, 0.38)),
        price_factor=math.exp(rng.gauss(0.0, 0.05)) * (rng.uniform(1.0, 2.2) if kind.name == "event" else 1.0),
        is_open_date_blank=kind.name in ("art", "small", "event") and rng.random() < 0.06,
        rerun_weeks=tuple(weeks for weeks in RERUN_WEEKS if rng.random() < chance),
    )


@lru_cache(maxsize=4096)
def cohort(seed: int, week: int) -> tuple[Film, ...]:
    """The films whose run starts in `week` (for the kind "shelf": that are registered then and never play)."""
    if week < OLDEST_WEEK:
        return ()
    rng = generator(seed, "cohort", week)
    films: list[Film] = []
    day = date.fromordinal(week * 7 + 3)
    for kind in _KINDS:
        for _ in range(_poisson(rng, kind.per_week * _slate(kind.name, day))):
            if len(films) < _PLACES:
                films.append(_film(seed, week, len(films), kind, rng))
    return tuple(films)


def reruns(seed: int, week: int) -> list[tuple[Film, int]]:
    """The old films that come back in `week`, with the number of their return (0 for the first entry of `rerun_weeks`)."""
    return [
        (film, film.rerun_weeks.index(weeks))
        for weeks in RERUN_WEEKS
        for film in cohort(seed, week - weeks)
        if weeks in film.rerun_weeks
    ]


def find(seed: int, code: str) -> Film | None:
    """The film with this code, or None."""
    if len(code) != 8 or not code[:4].isascii() or not code[:4].isdigit() or not code[5:].isascii() or not code[5:].isdigit():
        return None
    head = str(_LETTERS.index(code[4])) if code[4] in _LETTERS else code[4]
    if not (head.isascii() and head.isdigit()):
        return None
    mixed = int(head + code[5:])
    plain = (mixed - 131) * pow(7919, -1, 10_000) % 10_000
    slot, lag = divmod(plain, _LAGS)
    week_of_year, place = divmod(slot, _PLACES)
    year = int(code[:4]) + lag
    if not 1970 <= year <= 2100 or week_of_year > 52:
        return None
    first = date(year, 1, 1).toordinal()
    for week in range((first + week_of_year * 7) // 7 - 1, (first + week_of_year * 7) // 7 + 3):
        films = cohort(seed, week)
        if place < len(films) and films[place].code == code:
            return films[place]
    return None
