"""Films from their opening on."""

import statistics
from collections.abc import Callable, Iterable, Iterator

from tests.plain.view import MAN, Cells, Figures, View
from tests.plain.world import Row, Run, World, added_up


def _runs(view: View) -> list[Run]:
    return [run for run in view.world.runs if view.shows(run.film.open_dt)]


def _curve_days(runs: Iterable[Run]) -> Iterator[tuple[Run, int, Row | None]]:
    for run in runs:
        for number in range(1, min(100, run.days_left) + 1):
            yield run, number, run.on_day(number)


def ended(world: World) -> list[Run]:
    """The films that ended their run: the same ones on each of its days."""
    return [run for run in world.runs if not run.is_running]


def admissions_of_day(world: World, number: int) -> list[int]:
    """Of the films that were listed on that day of their run."""
    return [row["audi_cnt"] for run in ended(world) if (row := run.on_day(number))]


def totals_until_day(world: World, number: int) -> list[int]:
    """The last running totals known up to that day of their run, of those that were on a list on its first day."""
    runs = [run for run in ended(world) if run.on_day(1)]
    return [max(row["audi_acc"] for day in range(1, number + 1) if (row := run.on_day(day))) for run in runs]


def survivors(world: World, number: int) -> int:
    """The films that were on a list on that day of their run or later."""
    return sum(run.days_left >= number for run in ended(world))


def _curves(figure: str, column: str, known: Callable[[World, int], list[int]], median_column: str) -> tuple[Figures, ...]:
    def films(view: View) -> list[Cells]:
        admissions = added_up((run, row["audi_cnt"] if row else 0) for run, _, row in _curve_days(_runs(view)))
        largest = sorted(admissions, key=lambda run: -admissions[run])[:5]
        return [(number, run.film.label, row[figure] / MAN) for run, number, row in _curve_days(largest) if row]

    def medians(view: View) -> list[Cells]:
        shown = sorted({number for _, number, _ in _curve_days(_runs(view))})
        return [(number, statistics.median(figures) / MAN) for number in shown if (figures := known(view.world, number))]

    return (Figures(films, ("day_no",), series=True), Figures(medians, ("day_no", median_column)))


def _survival(view: View) -> Iterator[Cells]:
    longest = max(run.days_left for run in _runs(view))
    for number in range(1, min(100, longest) + 1):
        yield number, round(survivors(view.world, number) / len(ended(view.world)), 4)


def _openings(view: View) -> Iterator[Cells]:
    for run in _runs(view):
        yield (
            run.film.label,
            run.film.total_admissions / MAN,
            _over(run.first_weekend),
            run.multiple and round(run.multiple, 2),
            run.second_change and round(run.second_change, 2),
            _over(run.opening_day),
            run.days_left,
            "상영 중" if run.is_running else "끝남",
            run.film.open_dt,
        )


def _over(admissions: int | None) -> float | None:
    return None if admissions is None else admissions / MAN


def _opening_weekends(view: View) -> Iterator[Cells]:
    for run in _runs(view):
        if run.first_weekend:
            yield run.film.label, run.first_weekend / MAN


CHARTS: dict[str, tuple[Figures, ...]] = {
    "curve-by-day": _curves("audi_cnt", "admissions_of_day_man", admissions_of_day, "median_man"),
    "curve-cumulative": _curves("audi_acc", "audi_acc_man", totals_until_day, "median_acc_man"),
    "curve-survival": (Figures(_survival, ("day_no", "survival")),),
    "opening-weekends": (Figures(_opening_weekends, ("film_axis_nm", "first_weekend_man"), first=10, by="first_weekend_man"),),
    "opening-table": (
        Figures(
            _openings,
            (
                "film_label",
                "total_man",
                "first_weekend_man",
                "multiple_max",
                "second_change_pct",
                "opening_day_man",
                "days_left",
                "running",
                "opened",
            ),
            first=20,
            by="total_man",
        ),
    ),
}
