"""One day's box office of the whole country or of an area, at the moment of a capture, and its ranking inside a filter."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from .curves import Curve, Run, curve, runs_in_week
from .draw import unit
from .films import Film
from .season import FIRST_DAY
from .words import AREAS

_FIRST = FIRST_DAY.toordinal()
_LIVE_DAYS = 3
_SETTLED = (0.0,) * _LIVE_DAYS
_LARGEST_REVISION = 0.0014


@dataclass(frozen=True, slots=True)
class Filters:
    """What a box-office call selects; "" selects everything. `area` is an AREAS code."""

    diversity: str = ""
    nation: str = ""
    area: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A film on a day (or in a span of days): admissions, sales in won, screens, showings, and the totals at its end."""

    film: Film
    audi: int
    sales: int
    screens: int
    shows: int
    audi_total: int
    sales_total: int


@dataclass(frozen=True, slots=True)
class Ranking:
    """The lines inside a filter, best first, with each film's rank (equal admissions share one) and the filter's total sales."""

    lines: tuple[Line, ...]
    places: dict[str, tuple[int, Line]]
    sales: int


def _left(ordinal: int, now: datetime) -> float:
    """The part of a day's late revisions that is still to come at `now` (KST); it shrinks by the hour after the day's midnight.

    After the reference: a capture at 00:30 is off by up to 0.14 %, one near 11:00 still moves a little, on D+2
    nothing does after 11:00.
    """
    hours = (now.date().toordinal() - ordinal - 1) * 24 + now.hour
    if hours < 0:
        return 1.0
    if hours < 11:
        return round(1.0 - 0.07 * hours, 2)
    return 0.1 if hours < 35 else 0.0


@dataclass(frozen=True, slots=True)
class Capture:
    """The moment of a call (KST), and whether days are still revised then or served as they will be in the end."""

    now: datetime
    revises: bool = True


def stage_of(ordinal: int, capture: Capture) -> tuple[float, ...]:
    """What is still to come, at the capture, of the revisions of this day and of the two before it."""
    return tuple(_left(ordinal - back, capture.now) if capture.revises else 0.0 for back in range(_LIVE_DAYS))


def is_served(ordinal: int, capture: Capture) -> bool:
    """Whether the box office of this day exists at the capture: from 2003-11-11 to yesterday."""
    return _FIRST <= ordinal < capture.now.date().toordinal()


def _missing(seed: int, code: str, ordinal: int, audi: int, left: float) -> int:
    """Admissions not yet (or, if negative, wrongly) counted; about one row in twenty is never revised."""
    if left == 0.0 or audi < 40:
        return 0
    chance = unit(seed, "revision", code, ordinal)
    if chance < 0.05:
        return 0
    full = max(1, int(audi * _LARGEST_REVISION * (chance - 0.05) / 0.95))
    now = int(full * left + 0.5)
    return -now if unit(seed, "fall", code, ordinal) < 0.15 else now


def _band(seed: int, code: str, area: str) -> tuple[float, float]:
    """The film's part of the country that lies in an area, as a band of [0, 1]: the areas' figures add up to the country's."""
    low = high = total = 0.0
    for name, _, _, share in AREAS:
        weight = share * (0.75 + 0.5 * unit(seed, code, name))
        if name == area:
            low, high = total, total + weight
        total += weight
    return low / total, high / total


def _cut(value: int, band: tuple[float, float]) -> int:
    return int(value * band[1] + 0.5) - int(value * band[0] + 0.5)


@lru_cache(maxsize=2048)
def _area_curve(seed: int, run: Run, area: str) -> Curve:
    whole = curve(seed, run)
    band = _band(seed, run.film.code, area)
    part = Curve(whole.start, *(whole.audi[:0] for _ in range(6)))
    audi_total = _cut(whole.audi_total[0] - whole.audi[0], band)
    sales_total = _cut(whole.sales_total[0] - whole.sales[0], band)
    for audi, sales, screens, shows in zip(whole.audi, whole.sales, whole.screens, whole.shows, strict=True):
        here = _cut(audi, band)
        won = max(round(sales * here / audi), 1) if here else 0
        audi_total, sales_total = audi_total + here, sales_total + won
        rooms = max(1, _cut(screens, band)) if here else 0
        part.audi.append(here)
        part.sales.append(won)
        part.screens.append(rooms)
        part.shows.append(max(rooms, _cut(shows, band)) if here else 0)
        part.audi_total.append(audi_total)
        part.sales_total.append(sales_total)
    return part


def _line(seed: int, run: Run, figures: Curve, ordinal: int, stage: tuple[float, ...]) -> Line | None:
    at = ordinal - figures.start
    if not 0 <= at < len(figures.audi) or not figures.audi[at]:
        return None
    audi, sales = figures.audi[at], figures.sales[at]
    audi_total, sales_total = figures.audi_total[at], figures.sales_total[at]
    if stage != _SETTLED:
        for back, left in enumerate(stage):
            counted = figures.audi[at - back] if back <= at else 0
            missing = _missing(seed, run.film.code, ordinal - back, counted, left) if counted else 0
            if missing:
                won = round(figures.sales[at - back] * missing / counted)
                audi_total, sales_total = audi_total - missing, sales_total - won
                if back == 0:
                    audi, sales = audi - missing, sales - won
    return Line(run.film, audi, sales, figures.screens[at], figures.shows[at], audi_total, sales_total)


def _order(line: Line) -> tuple[int, int, str]:
    return -line.audi, -line.sales, line.film.code


@lru_cache(maxsize=480)
def _day(seed: int, ordinal: int, stage: tuple[float, ...], area: str) -> tuple[Line, ...]:
    if ordinal < _FIRST:
        return ()
    lines = []
    for run in runs_in_week(seed, ordinal // 7):
        if run.start <= ordinal <= run.end:
            figures = _area_curve(seed, run, area) if area else curve(seed, run)
            line = _line(seed, run, figures, ordinal, stage)
            if line is not None:
                lines.append(line)
    return tuple(sorted(lines, key=_order))


def _admits(filters: Filters, film: Film) -> bool:
    if filters.nation and film.nation != filters.nation:
        return False
    return not filters.diversity or film.is_diversity == (filters.diversity == "Y")


def _rank(lines: tuple[Line, ...]) -> Ranking:
    places: dict[str, tuple[int, Line]] = {}
    rank = 0
    for number, line in enumerate(lines, start=1):
        if number == 1 or line.audi != lines[number - 2].audi:
            rank = number
        places[line.film.code] = (rank, line)
    return Ranking(lines, places, sum(line.sales for line in lines))


@lru_cache(maxsize=1200)
def ranking(seed: int, ordinal: int, stage: tuple[float, ...], filters: Filters) -> Ranking:
    """All films of a day inside a filter, ranked; `stage` is `stage_of` the day at the capture."""
    return _rank(tuple(line for line in _day(seed, ordinal, stage, filters.area) if _admits(filters, line.film)))


def span_ranking(seed: int, first: date, last: date, capture: Capture, filters: Filters) -> Ranking:
    """The films of several days, summed and ranked. Screens: the most on a day; totals: those of a film's last day.

    Choice: days that have not passed at the capture are left out, so a week under way is served as far as it goes.
    """
    summed: dict[str, Line] = {}
    day = first
    while day <= last and is_served(day.toordinal(), capture):
        for line in ranking(seed, day.toordinal(), stage_of(day.toordinal(), capture), filters).lines:
            before = summed.get(line.film.code)
            if before is not None:
                line = Line(
                    line.film,
                    before.audi + line.audi,
                    before.sales + line.sales,
                    max(before.screens, line.screens),
                    before.shows + line.shows,
                    line.audi_total,
                    line.sales_total,
                )
            summed[line.film.code] = line
        day += timedelta(1)
    return _rank(tuple(sorted(summed.values(), key=_order)))
