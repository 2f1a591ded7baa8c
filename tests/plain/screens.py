"""Whether more screens sell more: the films beside their screens."""

import statistics
from collections.abc import Callable, Iterator

from tests.plain.view import EOK, MAN, Cells, Figures, View
from tests.plain.world import Film


def _scatter(view: View) -> Iterator[Cells]:
    for film in view.opened:
        if film.peak_screens and film.total("audi_cnt"):
            yield film.label, film.nation, film.peak_screens, film.total("audi_cnt")
        if film.is_wide and (expected := round(view.world.expected(film))):
            yield f"{film.label}: 기대", "기대(회귀선)", film.peak_screens, expected


def _share_scatter(view: View) -> Iterator[Cells]:
    for film in view.opened:
        screens, sales = (round(share, 2) for share in view.world.shares(film))
        if screens and sales:
            yield film.label, film.nation, screens, sales


def _beaten(view: View) -> list[Cells]:
    return [(film.label, ratio) for film, ratio in _ratios(view)]


def _wasted(view: View) -> list[Cells]:
    return [(film.label, 100 - 100 * ratio) for film, ratio in _ratios(view) if ratio and not view.world.is_running(film)]


def _ratios(view: View) -> Iterator[tuple[Film, float]]:
    for film in view.opened:
        if film.is_wide:
            yield film, film.total("audi_cnt") / round(view.world.expected(film))


def _top_films(view: View) -> Iterator[Cells]:
    for film in sorted(view.opened, key=lambda film: -film.total("sales_amt"))[:10]:
        sales, screens = film.total("sales_amt"), film.peak_screens
        yield film.label, sales / screens / MAN, film.total("audi_cnt") / screens, sales / EOK, screens, film.observation


def _numbers(view: View) -> list[Cells]:
    screens = [film.peak_screens for film in view.opened]
    sales, admissions = ([film.total(figure) for film in view.opened] for figure in ("sales_amt", "audi_cnt"))
    correlations = (statistics.correlation(screens, figures) for figures in (sales, admissions))
    return [(*correlations, len(screens), sum(sales) / sum(screens) / MAN)]


def _ranking_of_films(value: Callable[[Film], float], column: str, films: str = "opened") -> tuple[Figures, ...]:
    def rows(view: View) -> list[Cells]:
        return [(film.label, value(film)) for film in getattr(view, films)]

    return (Figures(rows, ("film_axis_nm", column), first=10, by=column),)


CHARTS: dict[str, tuple[Figures, ...]] = {
    "screens-admissions-scatter": (Figures(_scatter, ("point_nm", "series_nm", "최대 스크린수(개)", "관객수(명)")),),
    "screens-share-scatter": (Figures(_share_scatter, ("film_label", "nation_nm", "스크린 비중(퍼센트)", "매출 비중(퍼센트)")),),
    "screens-beaten": (Figures(_beaten, ("film_axis_nm", "ratio"), first=10, by="ratio"),),
    "screens-wasted": (Figures(_wasted, ("film_axis_nm", "shortfall_pct"), first=10, by="shortfall_pct"),),
    "screens-top-films": _ranking_of_films(lambda film: film.total("sales_amt") / EOK, "sales_eok"),
    "screens-most-screens": _ranking_of_films(lambda film: film.peak_screens, "peak_screens_max"),
    "screens-numbers": (Figures(_numbers, ("corr_screens_sales", "corr_screens_admissions", "films", "sales_per_screen_man")),),
    "screens-top-films-table": (
        Figures(
            _top_films,
            (
                "film_label",
                "sales_per_screen_man",
                "admissions_per_screen_mean",
                "sales_eok",
                "peak_screens_max",
                "observation",
            ),
        ),
    ),
    "top-films-sales": _ranking_of_films(lambda film: film.total("sales_amt") / EOK, "sales_eok", "films"),
    "top-films-admissions": _ranking_of_films(lambda film: film.total("audi_cnt") / MAN, "admissions_man", "films"),
}
