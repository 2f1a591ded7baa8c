"""The run of a film in cinemas: admissions, sales, screens and showings for each day of it, and the running totals."""

from __future__ import annotations

import math
import random
from array import array
from dataclasses import dataclass
from functools import lru_cache

from .draw import generator
from .films import PREVIEW_WEEKS, Film, cohort, reruns
from .season import FIRST_DAY, level, lift, ticket_price

_FIRST = FIRST_DAY.toordinal()
_WEEK_LIFT = 13.0
_MAX_SCREENS = 2800
_LONGEST_WEEKS = 18
_LARGE_TOTAL = 8_000_000
"""Admissions above which a film grows ever more slowly: no Korean film has reached 18 million."""


@dataclass(frozen=True, slots=True)
class Run:
    """One stay of a film in cinemas. `turn`: None for the first run, else the number of the return. Dates are ordinals."""

    film: Film
    turn: int | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Curve:
    """A run by day from `start` on: admissions, sales in won, screens, showings, and totals at the end of the day."""

    start: int
    audi: array[int]
    sales: array[int]
    screens: array[int]
    shows: array[int]
    audi_total: array[int]
    sales_total: array[int]


def _first_run(film: Film) -> Run:
    opened = film.opened.toordinal()
    return Run(film, None, opened + min(film.preview_days, default=0), opened + film.run_days - 1)


def _return_run(seed: int, film: Film, turn: int) -> Run:
    rng = generator(seed, film.code, "return", turn)
    start = film.opened.toordinal() + film.rerun_weeks[turn] * 7
    return Run(film, turn, start, start + rng.choice((0, 1, 3, 6, 9, 13, 20, 27)))


@lru_cache(maxsize=160)
def runs_in_week(seed: int, week: int) -> tuple[Run, ...]:
    """Every run that overlaps the week of this number, oldest cohort first."""
    begin, end = week * 7, week * 7 + 6
    found: list[Run] = []
    for start in range(week - _LONGEST_WEEKS, week + PREVIEW_WEEKS + 1):
        found += [_first_run(film) for film in cohort(seed, start) if film.kind != "shelf"]
    for start in range(week - 4, week + 1):
        found += [_return_run(seed, film, turn) for film, turn in reruns(seed, start) if film.kind != "shelf"]
    return tuple(run for run in found if run.start <= end and run.end >= begin)


def _expected(run: Run, rng: random.Random) -> list[float]:
    film = run.film
    days = range(run.start, run.end + 1)
    if run.turn is not None:
        total = math.exp(rng.gauss(math.log(2200), 1.1)) * min(len(days), 10) ** 0.4
        decay = rng.uniform(0.75, 0.95)
        weights = [decay**i * lift(day) for i, day in enumerate(days)]
        scale = total / sum(weights)
        return [weight * scale * math.sqrt(max(level(day), 0.05)) for weight, day in zip(weights, days, strict=True)]
    opened = film.opened.toordinal()
    base = film.opening_week / _WEEK_LIFT
    legs = rng.uniform(0.0, 0.35)
    values: list[float] = []
    for day in days:
        age = day - opened
        if age < 0:
            values.append(base * lift(day) * level(day) * rng.uniform(0.02, 0.22) if age in film.preview_days else 0.0)
            continue
        slowed = film.weekly_decay ** (age / 7 / (1 + legs * age / 35))
        value = base * slowed * lift(day) * level(day)
        if age < 2:
            value *= film.opening_boost if age == 0 else film.opening_boost**0.25
        values.append(value)
    total = sum(values)
    damping = (_LARGE_TOTAL / total) ** 0.75 if total > _LARGE_TOTAL else 1.0
    return [value * damping for value in values]


def _admissions(rng: random.Random, expected: float, is_patchy: bool) -> int:
    if expected <= 0.0:
        return 0
    if is_patchy and expected < 90 and rng.random() < 0.35:
        return 0
    mean = expected * math.exp(rng.gauss(0.0, 0.14))
    return max(0, round(rng.gauss(mean, math.sqrt(mean))))


def _screens(rng: random.Random, admissions: int, habit: float, bias: float) -> tuple[int, int]:
    """Screens follow what the film usually draws (`habit`), not the day; showings are added where the seats would run out."""
    wanted = 133 * (habit / 1900) ** (0.58 if habit > 1900 else 1.05) * bias * math.exp(rng.gauss(0.0, 0.16))
    screens = min(max(1, round(wanted)), _MAX_SCREENS, max(1, admissions))
    demand = 0.5 * habit + 0.5 * admissions
    per_screen = 1.02 + 0.009 * demand**0.5 / math.sqrt(bias) * math.exp(rng.gauss(0.0, 0.12))
    shows = max(screens, round(screens * min(per_screen, 6.5)), math.ceil(admissions / 190))
    return max(screens, math.ceil(shows / 7)), shows


@lru_cache(maxsize=2048)
def curve(seed: int, run: Run) -> Curve:
    """The figures of a run.

    Nothing is counted before the first day of the box office; totals of a return go on from the runs before it.
    """
    rng = generator(seed, run.film.code, "curve", run.turn)
    is_patchy = run.film.kind in ("small", "art", "middle") or run.turn is not None
    audi_total, sales_total = _totals_before(seed, run)
    columns = Curve(run.start, *(array("q") for _ in range(6)))
    habit, opened = 0.0, run.film.opened.toordinal()
    for offset, expected in enumerate(_expected(run, rng)):
        day = run.start + offset
        plain = expected / lift(day) * 1.6
        if expected > 0.0:
            habit = plain if habit == 0.0 or day == opened else habit * 0.7 + plain * 0.3
        audi = _admissions(rng, expected, is_patchy)
        screens = shows = sales = 0
        price = ticket_price(day) * run.film.price_factor * math.exp(rng.gauss(0.0, 0.02 + 0.25 / math.sqrt(audi + 4.0)))
        if audi and day >= _FIRST:
            if expected < 12 and rng.random() < 0.02:
                price = 1000.0
            screens, shows = _screens(rng, audi, max(habit, 0.3), run.film.screen_bias)
            sales = max(round(audi * min(max(price, 1000.0), 30_000.0)), 1000)
            audi_total, sales_total = audi_total + audi, sales_total + sales
        else:
            audi = 0
        for column, value in (
            (columns.audi, audi),
            (columns.sales, sales),
            (columns.screens, screens),
            (columns.shows, shows),
            (columns.audi_total, audi_total),
            (columns.sales_total, sales_total),
        ):
            column.append(value)
    return columns


def _totals_before(seed: int, run: Run) -> tuple[int, int]:
    if run.turn is None:
        return 0, 0
    before = _first_run(run.film) if run.turn == 0 else _return_run(seed, run.film, run.turn - 1)
    figures = curve(seed, before)
    return figures.audi_total[-1], figures.sales_total[-1]
