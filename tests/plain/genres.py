"""Genres by season and holiday."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from tests.plain.view import MAN, Cells, Figures, View, all_of
from tests.plain.world import DAY, NO_GENRE, added_up, season, season_start, windows


def _split(view: View, days: Iterable[date], figure: str = "audi_cnt") -> Iterator[tuple[date, str, int, float]]:
    """Day, genre, and the film's figure, counted whole and split evenly, of each film and genre."""
    for day in days:
        for row in view.world.days.get(day, []):
            genres = view.world.films[row["movie_cd"]].genre_names
            for genre in genres:
                yield day, genre, row[figure], row[figure] / len(genres)


def _in_seasons(view: View) -> list[date]:
    return [day for day in view.world.days if view.shows(season_start(day))]


def _season_labels(view: View) -> dict[date, str]:
    """By the first day of the season: a season that lacks days says how many it has."""
    labels = {}
    for start, days in Counter(season_start(day) for day in view.world.days).items():
        whole = (season_start(start + 100 * DAY) - start).days
        year = start.year + (season(start) == "겨울")
        labels[start] = f"{year} {season(start)}" + (f"({days}일)" if days < whole else "")
    return labels


def _seasons(view: View) -> list[Cells]:
    labels = _season_labels(view)
    found = added_up(
        ((labels[season_start(day)], view.genre_names[genre]), even)
        for day, genre, _, even in _split(view, _in_seasons(view))
        if genre != NO_GENRE
    )
    return [(*key, admissions / MAN) for key, admissions in found.items()]


def _seasons_in_full(view: View) -> list[Cells]:
    found = added_up(((season(day), genre), full) for day, genre, full, _ in _split(view, _in_seasons(view)) if genre != NO_GENRE)
    return [(*key, admissions / MAN) for key, admissions in found.items()]


def _genre_unknown(view: View) -> list[Cells]:
    whole = added_up((season(day), even) for day, _, _, even in _split(view, _in_seasons(view)))
    unknown = added_up((season(day), even) for day, genre, _, even in _split(view, _in_seasons(view)) if genre == NO_GENRE)
    return [(name, unknown.get(name, 0) / MAN, unknown.get(name, 0) / admissions) for name, admissions in whole.items()]


def _in_window(view: View, window: Mapping[str, Any]) -> list[date]:
    return [day for day in view.world.days if window["window_first"] <= day <= window["window_last"]]


def _new_year(view: View) -> list[Mapping[str, Any]]:
    return [window for window in windows("설날") if view.shows(window["holiday_date"]) and _in_window(view, window)]


def _holiday_ranking(view: View) -> list[Cells]:
    days = [day for window in _new_year(view) for day in _in_window(view, window)]
    found = added_up((genre, even) for _, genre, _, even in _split(view, days) if genre != NO_GENRE)
    return [(genre, admissions / MAN) for genre, admissions in found.items()]


def _holiday_by_year(view: View) -> list[Cells]:
    """Of all years: a comparison of years is not for one of them."""
    whole = all_of(view.world)
    found = added_up(
        ((f"설날 {window['holiday_date'].year}", view.genre_names[genre]), even)
        for window in _new_year(whole)
        for _, genre, _, even in _split(whole, _in_window(whole, window))
        if genre != NO_GENRE
    )
    return [(*key, admissions / MAN) for key, admissions in found.items()]


def _holiday_windows(view: View) -> Iterator[Cells]:
    for window in _new_year(view):
        days = _in_window(view, window)
        admissions = sum(view.world.sum_of(day, "audi_cnt") for day in days)
        unknown = sum(even for _, genre, _, even in _split(view, days) if genre == NO_GENRE)
        period = f"{window['window_first']}~{window['window_last']:%m-%d}"
        yield "설날", period, admissions / MAN, unknown / admissions


CHARTS: dict[str, tuple[Figures, ...]] = {
    "season-genre-even": (Figures(_seasons, ("season_label_in_order",), series=True),),
    "season-genre-pivot-full": (Figures(_seasons_in_full, ("계절", "장르", "admissions_full_man")),),
    "genre-unknown": (Figures(_genre_unknown, ("season_in_order", "unknown_admissions_man", "unknown_share")),),
    "holiday-genre-ranking": (
        Figures(_holiday_ranking, ("genre_nm", "admissions_even_man"), first=10, by="admissions_even_man"),
    ),
    "holiday-genre-by-year": (Figures(_holiday_by_year, ("holiday_year_nm",), series=True),),
    "holiday-windows": (
        Figures(
            _holiday_windows,
            ("holiday_nm", "window_nm", "admissions_even_man", "unknown_share"),
        ),
    ),
}
