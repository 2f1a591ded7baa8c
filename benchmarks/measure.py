"""How the benchmarks compare: in turns, in one sitting, several times, with the spread."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median

from benchmarks.stack import tell


@dataclass(frozen=True)
class Row:
    """One comparison: what was measured of ours and of what it is held against, each time, and the ratio that is the goal.

    `is_at_least` where more is better.
    """

    what: str
    ours: tuple[float, ...]
    against: str
    theirs: tuple[float, ...]
    goal: float
    unit: str = "s"
    is_at_least: bool = False

    @property
    def ratio(self) -> float:
        return median(self.ours) / median(self.theirs)

    @property
    def is_met(self) -> bool:
        return self.ratio >= self.goal if self.is_at_least else self.ratio <= self.goal

    def __str__(self) -> str:
        goal = f"{'≥' if self.is_at_least else '≤'} {self.goal:g}"
        figures = (self.what, spread(self.ours, self.unit), self.against, spread(self.theirs, self.unit))
        return f"| {' | '.join(figures)} | {self.ratio:.2f} | {goal} | {'met' if self.is_met else '**not met**'} |"


HEADER = "| what | ours | against | it | ratio | goal | |\n|---|---:|---|---:|---:|---:|---|"


def spread(values: tuple[float, ...], unit: str) -> str:
    """The median, and the least and the greatest."""
    return f"{median(values):.3g} {unit} ({min(values):.3g} to {max(values):.3g})"


def in_turns(runs: int, **works: Callable[[], float | None]) -> Mapping[str, tuple[float, ...]]:
    """Does the works one after another, so many times; the seconds of each, or what it returns instead."""
    measured: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(runs):
        for name, work in works.items():
            started = time.perf_counter()
            result = work()
            measured[name].append(time.perf_counter() - started if result is None else result)
    return {name: tuple(values) for name, values in measured.items()}


def show(rows: list[Row]) -> None:
    """Prints the rows as a Markdown table."""
    tell(HEADER)
    for row in rows:
        tell(row)
