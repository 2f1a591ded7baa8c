"""The recorded lists, film by film."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from tests.dbt.warehouse import Reply

FilmDays = dict[tuple[date, str], tuple[int, int]]
FilterSet = tuple[str, str]


def entries(replies: list[Reply]) -> Iterator[tuple[str, FilterSet, dict[str, Any]]]:
    """Every film on every recorded list: the day, the filter set (diversity, nation), the film."""
    for reply in replies:
        params = reply["params"]
        filters = (params.get("multiMovieYn", "ALL"), params.get("repNationCd", "ALL"))
        for film in reply["body"]["boxOfficeResult"]["dailyBoxOfficeList"]:
            yield params["targetDt"], filters, film
