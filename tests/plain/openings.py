"""Films from their opening on."""

import statistics
from collections.abc import Callable, Iterable, Iterator

from tests.plain.view import MAN, Cells, Figures, View
from tests.plain.world import DAY, Row, Run, World, added_up


def _runs(view: View) -> list[Run]:
    return [run for run in view.world.runs if view.shows(run.film.open_dt)]


def _curve_days(runs: Iterable[Run]) -> Iterator[tuple[Run, int, Row | None]]:
    for run in runs:
        for number in range(1, min(100, run.days_left) + 1):
            yield run, number, run.on_day(number)


def _median_of_day(view: View, number: int) -> float | None:
    """Of the films that were listed on that day of their run."""
    listed = [row["audi_cnt"] for run in view.world.runs if (row := run.on_day(number))]
    return statistics.median(listed) / MAN if listed else None


def run_totals(world: World, number: int) -> list[int]:
    """The running totals on that day of their runs: of the films listed that day, and of those that had left the lists."""
    found = []
    for run in world.runs:
        if row := run.on_day(number):
            found.append(row["audi_acc"])
        elif number > run.days_left and run.film.open_dt + (number - 1) * DAY <= world.last_day:
            found.append(run.film.total_admissions)
    return found


def _median_until(view: View, number: int) -> float | None:
    totals = run_totals(view.world, number)
    return statistics.median(totals) / MAN if totals else None


def _curves(figure: str, column: str, median: Callable[[View, int], float | None], median_column: str) -> tuple[Figures, ...]:
    def films(view: View) -> list[Cells]:
        admissions = added_up((run, row["audi_cnt"] if row else 0) for run, _, row in _curve_days(_runs(view)))
        largest = sorted(admissions, key=lambda run: -admissions[run])[:5]
        return [(number, run.film.label, row[figure] / MAN) for run, number, row in _curve_days(largest) if row]

    def medians(view: View) -> list[Cells]:
        shown = sorted({number for _, number, _ in _curve_days(_runs(view))})
        return [(number, figure) for number in shown if (figure := median(view, number)) is not None]

    return (Figures(films, ("day_no",), series=True), Figures(medians, ("day_no", median_column)))


def _survival(view: View) -> Iterator[Cells]:
    longest = max(run.days_left for run in _runs(view))
    for number in range(1, min(100, longest) + 1):
        old_enough = [run for run in view.world.runs if run.film.open_dt + (number - 1) * DAY <= view.world.last_day]
        yield number, round(sum(run.days_left >= number for run in old_enough) / len(old_enough), 4)


def _openings(view: View) -> Iterator[Cells]:
    for run in _runs(view):
        yield (
            run.film.label,
            run.film.open_dt,
            "상영 중" if run.is_running else "끝남",
            run.film.total_admissions / MAN,
            _over(run.opening_day),
            _over(run.first_weekend),
            run.second_change and round(run.second_change, 2),
            run.multiple and round(run.multiple, 2),
            run.days_left,
        )


def _over(admissions: int | None) -> float | None:
    return None if admissions is None else admissions / MAN


def _opening_weekends(view: View) -> Iterator[Cells]:
    for run in _runs(view):
        if run.first_weekend:
            yield run.film.label, run.first_weekend / MAN


CHARTS: dict[str, tuple[Figures, ...]] = {
    "curve-by-day": _curves("audi_cnt", "admissions_of_day_man", _median_of_day, "median_man"),
    "curve-cumulative": _curves("audi_acc", "audi_acc_man", _median_until, "median_acc_man"),
    "curve-survival": (Figures(_survival, ("day_no", "survival")),),
    "opening-weekends": (Figures(_opening_weekends, ("film_axis_nm", "first_weekend_man"), first=10, by="first_weekend_man"),),
    "opening-table": (
        Figures(
            _openings,
            (
                "film_label",
                "open_dt",
                "running_nm",
                "total_man",
                "opening_day_man",
                "first_weekend_man",
                "second_change_pct",
                "multiple_max",
                "days_left",
            ),
            first=20,
            by="total_man",
        ),
    ),
}
