"""The master data of the world in the API's shapes: films, companies, people, codes.

A film is listed from its opening on the clock's day plus 30 days (an announced film); text, order and paging of lists
are choices where the API's are not known.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from . import words
from .credits import (
    COMPANIES_PER_BLOCK,
    PEOPLE_PER_BLOCK,
    chief,
    companies_of,
    company_code,
    company_name,
    company_of,
    films_of_company,
    films_of_person,
    newest_first,
    people_of,
    person_code,
    person_name,
    person_of,
)
from .draw import generator, unit
from .films import OLDEST_WEEK, Film, cohort, find, week_of
from .names import Name, film_title

_ANNOUNCED = timedelta(30)
_LONGEST_FILMOGRAPHY = 4000
_NATION_NAMES = {code: name for code, name, _ in words.NATION_CODES}
_TYPE_NAMES = {code: name for code, name, _ in words.FILM_TYPES}
_PART_NAMES = {code: name for code, name, _ in words.COMPANY_PARTS}


@lru_cache(maxsize=8192)
def title(film: Film) -> Name:
    """The title of a film."""
    return film_title(film.code, film.genres, film.nation)


def _type_name(film: Film) -> str:
    return "단편" if film.kind == "shelf" and unit("type", film.code) < 0.4 else "장편"


def _production_year(film: Film) -> int:
    return film.opened.year - int(unit("produced", film.code) ** 2 * 3)


def _open_date(film: Film) -> str:
    if film.is_open_date_blank or (film.kind == "shelf" and unit("unopened", film.code) < 0.4):
        return ""
    return f"{film.opened:%Y%m%d}"


def _status(film: Film, today: date) -> str:
    if not _open_date(film):
        return "기타"
    return "개봉" if film.opened <= today else "개봉예정"


def _nations(film: Film) -> list[str]:
    second = unit("nations", film.code)
    others = [name for name, _ in words.NATIONS if name != film.nation_name]
    return [film.nation_name, *([others[int(second * 1000) % len(others)]] if second < 0.1 else [])]


def _named(name: Name) -> dict[str, str]:
    return {"peopleNm": name.korean, "peopleNmEn": name.english}


def movie(seed: int, code: str, today: date) -> dict[str, Any] | None:
    """The `movieInfo` of a film, or None if there is no such film on `today`."""
    film = find(seed, code)
    if film is None or film.opened > today + _ANNOUNCED:
        return None
    rng = generator(seed, "info", code)
    name = title(film)
    people = people_of(seed, film)
    show_types = [("2D", "디지털")]
    for chance, show_type in (
        (0.12, ("2D", "디지털 더빙")),
        (0.1, ("4D", "4D")),
        (0.1, ("IMAX", "IMAX")),
        (0.08, ("2D", "디지털 가치봄")),
    ):
        if rng.random() < chance * (3 if film.kind in ("tentpole", "wide") else 0.5):
            show_types.append(show_type)
    grades = [name for name, _ in words.GRADES]
    grade = (
        "전체관람가" if {"가족", "애니메이션"} & set(film.genres) else rng.choices(grades, [part for _, part in words.GRADES])[0]
    )
    is_rated = film.kind != "shelf" or rng.random() < 0.5
    numbered = film.opened.year if film.opened.year >= 1990 else 1990
    return {
        "movieCd": film.code,
        "movieNm": name.korean,
        "movieNmEn": name.english,
        "movieNmOg": name.english.upper() if film.nation == "F" and rng.random() < 0.2 else "",
        "showTm": str(round(min(max(rng.gauss(104, 16), 60), 189))) if rng.random() < 0.98 else "",
        "prdtYear": str(_production_year(film)) if rng.random() < 0.99 else "",
        "openDt": _open_date(film),
        "prdtStatNm": _status(film, today),
        "typeNm": _type_name(film),
        "nations": [{"nationNm": nation} for nation in _nations(film)],
        "genres": [{"genreNm": genre} for genre in film.genres],
        "directors": [_named(person_name(seed, credit.who)) for credit in people if credit.part == "감독"],
        "actors": [
            {**_named(person_name(seed, credit.who)), "cast": credit.character, "castEn": ""}
            for credit in people
            if credit.part == "배우"
        ],
        "showTypes": [{"showTypeGroupNm": group, "showTypeNm": kind} for group, kind in show_types]
        if film.kind != "shelf"
        else [],
        "companys": [
            {
                "companyCd": company_code(seed, credit.who),
                "companyNm": company_name(seed, credit.who).korean,
                "companyNmEn": company_name(seed, credit.who).english,
                "companyPartNm": credit.part,
            }
            for credit in companies_of(seed, film)
        ],
        "audits": [{"auditNo": f"{numbered}-MF{rng.randint(1, 3400):05d} ", "watchGradeNm": grade}] if is_rated else [],
        "staffs": [
            {**_named(person_name(seed, credit.who)), "staffRoleNm": credit.part}
            for credit in people
            if credit.part not in ("감독", "배우")
        ],
    }


def _movie_item(seed: int, film: Film, today: date) -> dict[str, Any]:
    name, nations = title(film), _nations(film)
    makers = {credit.who: None for credit in companies_of(seed, film) if credit.part == "제작사"}
    return {
        "movieCd": film.code,
        "movieNm": name.korean,
        "movieNmEn": name.english,
        "prdtYear": str(_production_year(film)),
        "openDt": _open_date(film),
        "typeNm": _type_name(film),
        "prdtStatNm": _status(film, today),
        "nationAlt": ",".join(nations),
        "genreAlt": ",".join(film.genres),
        "repNationNm": nations[0],
        "repGenreNm": film.genres[0] if film.genres else "",
        "directors": [
            {"peopleNm": person_name(seed, credit.who).korean} for credit in people_of(seed, film) if credit.part == "감독"
        ],
        "companys": [{"companyCd": company_code(seed, who), "companyNm": company_name(seed, who).korean} for who in makers],
    }


def _year(params: Mapping[str, str], name: str, default: int) -> int:
    text = params.get(name, "")[:4]
    return int(text) if len(text) == 4 and text.isascii() and text.isdigit() else default


def _matches(seed: int, film: Film, params: Mapping[str, str]) -> bool:
    if not _year(params, "prdtStartYear", 0) <= _production_year(film) <= _year(params, "prdtEndYear", 9999):
        return False
    if "repNationCd" in params and film.nation_name != _NATION_NAMES.get(params["repNationCd"]):
        return False
    if "movieTypeCd" in params and _type_name(film) != _TYPE_NAMES.get(params["movieTypeCd"]):
        return False
    if "movieNm" in params and params["movieNm"] not in title(film).korean:
        return False
    wanted = params.get("directorNm", "")
    return not wanted or any(
        credit.part == "감독" and wanted in person_name(seed, credit.who).korean for credit in people_of(seed, film)
    )


def movies(seed: int, params: Mapping[str, str], today: date, start: int, size: int) -> tuple[int, list[dict[str, Any]]]:
    """The total and one page of `movieList`, newest opening week first.

    A bound on the opening year leaves out films without a date.
    """
    low, high = _year(params, "openStartDt", 0), _year(params, "openEndDt", 9999)
    is_bounded = "openStartDt" in params or "openEndDt" in params
    first_week, last_week = OLDEST_WEEK, week_of(today + _ANNOUNCED)
    if low:
        first_week = max(first_week, week_of(date(low, 1, 1)) - 1)
    if 0 < high < today.year:
        last_week = min(last_week, week_of(date(high, 12, 31)))
    found = [
        film
        for week in range(last_week, first_week - 1, -1)
        for film in cohort(seed, week)
        if film.opened <= today + _ANNOUNCED
        and (not is_bounded or (bool(_open_date(film)) and low <= film.opened.year <= high))
        and _matches(seed, film, params)
    ]
    return len(found), [_movie_item(seed, film, today) for film in found[start : start + size]]


def _cut(text: str) -> str:
    """Cut near 4,000 bytes of UTF-8, as the API does."""
    return text.encode()[:_LONGEST_FILMOGRAPHY].decode(errors="ignore")


def _part_names(filmography: list[tuple[Film, str]]) -> list[str]:
    return list(dict.fromkeys(part for _, part in filmography))


def _film_names(filmography: list[tuple[Film, str]]) -> list[str]:
    return [title(film).korean for film in dict.fromkeys(film for film, _ in filmography)]


def companies(seed: int, params: Mapping[str, str], today: date, start: int, size: int) -> tuple[int, list[dict[str, Any]]]:
    """The total and one page of `companyList`: the large distributors first, then the newest."""
    week = week_of(today)
    found: list[tuple[int, int]] = []
    for who in [*((-1, place) for place in range(len(words.MAJORS))), *newest_first(week, COMPANIES_PER_BLOCK)]:
        head = chief(seed, who)
        if params.get("companyNm", "") in company_name(seed, who).korean and params.get("ceoNm", "") in (
            head.korean if head else ""
        ):
            found.append(who)
    if "companyPartCd" in params:
        part = _PART_NAMES.get(params["companyPartCd"], "?")
        found = [who for who in found if part in _part_names(films_of_company(seed, who, week))]
    items = []
    for who in found[start : start + size]:
        name, head, filmography = company_name(seed, who), chief(seed, who), films_of_company(seed, who, week)
        items.append(
            {
                "companyCd": company_code(seed, who),
                "companyNm": name.korean,
                "companyNmEn": name.english,
                "companyPartNames": ",".join(_part_names(filmography)),
                "ceoNm": head.korean if head else "",
                "filmoNames": _cut(",".join(_film_names(filmography))),
            }
        )
    return len(found), items


def company(seed: int, code: str, today: date) -> dict[str, Any] | None:
    """The `companyInfo` of a company, or None."""
    who = company_of(seed, code)
    if who is None:
        return None
    name, head, filmography = company_name(seed, who), chief(seed, who), films_of_company(seed, who, week_of(today))
    return {
        "companyCd": code,
        "companyNm": name.korean,
        "companyNmEn": name.english or None,
        "ceoNm": head.korean if head else None,
        "parts": [{"companyPartNm": part} for part in _part_names(filmography)],
        "filmos": [{"movieCd": film.code, "movieNm": title(film).korean, "companyPartNm": part} for film, part in filmography],
    }


def people(seed: int, params: Mapping[str, str], today: date, start: int, size: int) -> tuple[int, list[dict[str, Any]]]:
    """The total and one page of `peopleList`, newest first. `filmoNames` is null for people without a film."""
    week = week_of(today)
    wanted = params.get("filmoNames", "")
    found = [who for who in newest_first(week, PEOPLE_PER_BLOCK) if params.get("peopleNm", "") in person_name(seed, who).korean]
    if wanted:
        found = [who for who in found if any(wanted in name for name in _film_names(films_of_person(seed, who, week)))]
    items = []
    for who in found[start : start + size]:
        filmography = films_of_person(seed, who, week)
        items.append(
            {
                "peopleCd": person_code(who),
                **_named(person_name(seed, who)),
                "repRoleNm": filmography[0][1] if filmography else "",
                "filmoNames": _cut("|".join(_film_names(filmography))) if filmography else None,
            }
        )
    return len(found), items


def person(seed: int, code: str, today: date) -> dict[str, Any] | None:
    """The `peopleInfo` of a person, or None."""
    who = person_of(code)
    if who is None:
        return None
    filmography = films_of_person(seed, who, week_of(today))
    sex = unit(seed, "sex", *who)
    return {
        "peopleCd": code,
        **_named(person_name(seed, who)),
        "sex": None if sex < 0.2 else "남자" if sex < 0.65 else "여자",
        "repRoleNm": filmography[0][1] if filmography else None,
        "homepages": [{"homepgUrl": f"http://simulator.invalid/people/{code}"}] if unit(seed, "homepage", *who) < 0.03 else [],
        "filmos": [{"movieCd": film.code, "movieNm": title(film).korean, "moviePartNm": part} for film, part in filmography],
    }


def codes(kind: str) -> list[dict[str, str]]:
    """The codes of one kind (comCode); an unknown kind has none (choice).

    Only the area codes are the API's own, the others are made up.
    """
    listed: dict[str, tuple[tuple[str, str, str], ...]] = {
        "0105000000": tuple((code, korean, english) for code, korean, english, _ in words.AREAS),
        "2204": words.NATION_CODES,
        "2201": words.FILM_TYPES,
        "2601": words.COMPANY_PARTS,
    }
    return [{"fullCd": code, "korNm": korean, "engNm": english} for code, korean, english in listed.get(kind, ())]
