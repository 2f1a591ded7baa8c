"""Companies and people, and what is known of neither."""

import statistics
from collections import defaultdict
from collections.abc import Iterator

from tests.plain.view import EOK, Cells, Figures, View, all_of
from tests.plain.world import DAY, UNKNOWN, Credit, added_up


def _company_shares(role: str) -> tuple[Figures, ...]:
    def rows(view: View) -> list[Cells]:
        since = view.world.last_day - 365 * DAY
        latest = added_up(
            (credit.code, sales)
            for month, _, credit, sales in all_of(view.world).credited()
            if credit.role == role and month > since
        )
        largest = sorted(latest, key=lambda code: (-latest[code], code))[:7]

        def name(credit: Credit) -> str:
            if credit.role == UNKNOWN:
                return UNKNOWN
            return str(credit.name) if credit.code in largest else "기타"

        group = "배급사" if role == "배급사" else "제작·수입사"
        found = added_up(
            ((month, name(credit)), sales)
            for month, _, credit, sales in view.credited()
            if credit.group == group and (credit.role == role or role == "배급사")
        )
        whole = added_up((month, sales) for (month, _), sales in found.items())
        return [(month, each, sales / whole[month]) for (month, each), sales in found.items()]

    return (Figures(rows, ("month_start",), series=True),)


def _ranking_of_companies(group: str, *columns: str) -> tuple[Figures, ...]:
    def rows(view: View) -> list[Cells]:
        sales: dict[tuple[str, ...], float] = defaultdict(float)
        whole: dict[tuple[str, ...], float] = defaultdict(float)
        films: dict[tuple[str, ...], set[str]] = defaultdict(set)
        for _, film, credit, part in view.credited():
            if credit.group == group and credit.name != UNKNOWN:
                key = (credit.name, credit.role)[: len(columns)]
                sales[key] += part / EOK
                whole[key] += part / credit.share / EOK
                films[key].add(film.code)
        return [(*key, sales[key], len(films[key]), whole[key] / len(films[key])) for key in sales]

    return (Figures(rows, (*columns, "sales_even_eok", "films", "sales_per_film_eok"), first=20, by="sales_even_eok"),)


def _company_unknown(view: View) -> Iterator[Cells]:
    for group in ("배급사", "제작·수입사"):
        rows = [(film, credit, sales) for _, film, credit, sales in view.credited() if credit.group == group]
        of_unknown = [(film, credit, sales) for film, credit, sales in rows if credit.name == UNKNOWN]
        nameless = sum(sales for _, credit, sales in of_unknown if credit.code == "-")
        share = sum(sales for *_, sales in of_unknown) / sum(sales for *_, sales in rows)
        yield group, nameless / EOK, share, len({film.code for film, *_ in of_unknown})


def _ranking_of_people(credit: str) -> tuple[Figures, ...]:
    def rows(view: View) -> list[Cells]:
        found: dict[str, list[float]] = defaultdict(list)
        for film in view.films:
            for name in film.people(credit):
                found[name].append(film.total("sales_amt") / EOK)
        return [(name, sum(sales), len(sales), statistics.fmean(sales)) for name, sales in found.items()]

    return (Figures(rows, ("person_nm", "sales_eok", "films", "sales_per_film_eok"), first=20, by="sales_eok"),)


def _person_unknown(view: View) -> Iterator[Cells]:
    whole = sum(film.total("sales_amt") for film in view.films)
    for credit in ("배우", "감독"):
        unknown = [film for film in view.films if not film.people(credit)]
        sales = sum(film.total("sales_amt") for film in unknown)
        yield credit, sales / EOK, sales / whole, len(unknown)


def _actors_films(view: View) -> Iterator[Cells]:
    for film in view.films:
        for name in film.actors:
            yield name, film.title, film.open_dt, film.total("sales_amt") / EOK


CHARTS: dict[str, tuple[Figures, ...]] = {
    "distributor-share": _company_shares("배급사"),
    "importer-share": _company_shares("수입사"),
    "producer-share": _company_shares("제작사"),
    "distributor-ranking": _ranking_of_companies("배급사", "company_nm"),
    "producer-ranking": _ranking_of_companies("제작·수입사", "company_nm", "company_role_nm"),
    "company-unknown": (Figures(_company_unknown, ("company_part_nm", "unknown_sales_eok", "unknown_share", "unknown_films")),),
    "person-unknown": (Figures(_person_unknown, ("credit_nm", "unknown_sales_eok", "unknown_share", "unknown_films")),),
    "actor-ranking": _ranking_of_people("배우"),
    "director-ranking": _ranking_of_people("감독"),
    "actor-films": (Figures(_actors_films, ("person_nm", "movie_nm", "open_dt", "sales_eok"), first=20, by="sales_eok"),),
}
