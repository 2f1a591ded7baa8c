"""What a board shows of the world, and how its figures are held against a chart's answer."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from tests.plain.world import DAY, NO_GENRE, Credit, Film, Row, World, added_up, month_start

Cells = tuple[Any, ...]
YEAR = 364 * DAY
"""To the same weekday a year before."""
EOK, MAN = 1e8, 1e4


@dataclass(frozen=True)
class View:
    """The world as a board shows it first: with the rows of this period, where the board has one."""

    world: World
    first: date
    last: date

    def shows(self, day: date) -> bool:
        """Whether the day is in the period."""
        return self.first <= day <= self.last

    @cached_property
    def films(self) -> list[Film]:
        """The films released in the period."""
        return [film for film in self.world.films.values() if self.shows(film.open_dt)]

    @property
    def opened(self) -> list[Film]:
        """Those of them that were observed from their opening on."""
        return [film for film in self.films if film.is_from_opening]

    @property
    def days(self) -> list[date]:
        """The days of the period that were captured."""
        return [day for day in self.world.days if self.shows(day)]

    @cached_property
    def genre_names(self) -> dict[str, str]:
        """The seven largest genres by all days' admissions, split evenly; the others, KOFIC's 기타 among them, as 기타 장르."""
        admissions = added_up(
            (genre, row["audi_cnt"] / len(film.genre_names))
            for film in self.world.films.values()
            for row in film.days.values()
            for genre in film.genre_names
            if genre != NO_GENRE
        )
        largest = sorted(admissions.keys() - {"기타"}, key=lambda genre: (-admissions[genre], genre))[:7]
        return {genre: genre if genre in largest else "기타 장르" for genre in admissions}

    def credited(self) -> Iterator[tuple[date, Film, Credit, float]]:
        """Month, film, company and the company's part of the sales of each film and month of the period."""
        for film in self.world.films.values():
            months = added_up((month_start(day), row["sales_amt"]) for day, row in film.days.items())
            for month, sales in months.items():
                if self.shows(month):
                    for credit in film.credits:
                        yield month, film, credit, sales * credit.share


def all_of(world: World) -> View:
    """The world without a period."""
    return View(world, date.min, date.max)


@dataclass(frozen=True)
class Figures:
    """The rows that one query of a chart must bring, and the chart's columns that hold them.

    `series` says that the chart's answer has one column per series: it is read as rows of x, series and value. `first`
    says that the chart shows this many rows, the largest by the column `by`, and any of those that share the last place.
    """

    rows: Callable[[View], Iterable[Cells]]
    columns: tuple[str, ...]
    series: bool = False
    first: int | None = None
    by: str = ""

    def shown(self, rows: Iterable[Row]) -> list[Cells]:
        """The chart's answer in these columns."""
        if not self.series:
            return [tuple(_plain(name, row[name]) for name in self.columns) for row in rows]
        (x,) = self.columns
        return [
            (_plain(x, row[x]), name, value) for row in rows for name, value in row.items() if name != x and value is not None
        ]

    def compared(self, shown: Iterable[Cells], expected: Iterable[Cells]) -> tuple[list[Cells], list[Cells]]:
        """The displayed figures next to the expected ones, in the same order."""
        left, right = sorted(map(_cells, shown), key=_order), sorted(map(_cells, expected), key=_order)
        if self.first is None or len(right) <= self.first:
            return left, right
        place = self.columns.index(self.by)
        right.sort(key=lambda row: -row[place])
        last = right[self.first - 1][place]
        certain = [row for row in right[: self.first] if row[place] > last]
        sharing = {_order(row): row for row in right if row[place] == last}
        of_the_last = [sharing[_order(row)] for row in left if _order(row) in sharing][: self.first - len(certain)]
        return left, sorted([*certain, *of_the_last], key=_order)


_DATES = frozenset({"target_date", "month_start", "open_dt", "opened"})
_ZERO_WIDTH = "\u200b"


def _plain(name: str, value: Any) -> Any:
    if name in _DATES:
        return datetime.fromtimestamp(value / 1000, UTC).date()
    # A bar's name has its breaks, and what sorts it.
    return value.replace(_ZERO_WIDTH, "").replace("\n", "") if isinstance(value, str) else value


def _cells(row: Cells) -> Cells:
    return tuple(float(cell) if isinstance(cell, int | float | Decimal) else cell for cell in row)


def _order(row: Cells) -> tuple[str, ...]:
    return tuple(f"{cell:.5e}" if isinstance(cell, float) else str(cell) for cell in row)


def one(figure: Callable[[View], float], column: str) -> tuple[Figures, ...]:
    """The figures of a chart that shows a single number."""
    return (Figures(lambda view: [(figure(view),)], (column,)),)
