"""What each chart must show when its board is opened, counted in plain Python from the files of the lake."""

from tests.plain import genres, openings, people, quality, rankings, sales, screens
from tests.plain.sentences import sentence
from tests.plain.view import Figures

ANSWERS = ("overview", "screens-sales", "admissions-sales", "season-genre", "companies-people", "box-office-curve", "data-status")


def _answer(slug: str) -> tuple[Figures, ...]:
    periods = ("최근 12개월", "올해") if slug == "companies-people" else ("최근 12개월",)
    return (Figures(lambda view: [(sentence(view.world, slug, each),) for each in periods], ("answer_txt",)),)


CHARTS: dict[str, tuple[Figures, ...]] = {
    **{f"answer-{slug}": _answer(slug) for slug in ANSWERS},
    **screens.CHARTS,
    **sales.CHARTS,
    **genres.CHARTS,
    **people.CHARTS,
    **openings.CHARTS,
    **rankings.CHARTS,
    **quality.CHARTS,
}
"""By the chart's file in the bundle: one set of figures per query of the chart."""
