"""What a person counts on the recorded replies, in plain Python."""

from collections.abc import Iterator
from dataclasses import dataclass, field
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


@dataclass
class Observed:
    """What a person counts of a film on the recorded lists."""

    title: str
    days: dict[date, dict[str, int]] = field(default_factory=dict)
    open_dt: date | None = None

    @property
    def peak_screens(self) -> int:
        return max(day["scrnCnt"] for day in self.days.values())

    def total(self, figure: str) -> int:
        return sum(day[figure] for day in self.days.values())

    @property
    def is_whole(self) -> bool:
        """Whether it is on a list on every day from its first screening on."""
        first, last = min(self.days), max(self.days)
        return len(self.days) == (last - first).days + 1 and self.days[first]["salesAcc"] == self.days[first]["salesAmt"]


def is_rerelease(film: Observed, master: dict[str, Any] | None) -> bool:
    """The definition of dim_movie.yml: 180 days, 10 years."""
    if film.open_dt is None:
        return False
    made = (master or {}).get("prdtYear", "").strip()
    return (min(film.days) - film.open_dt).days > 180 or bool(made and film.open_dt.year - int(made) > 10)
