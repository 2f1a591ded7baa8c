"""The reply to a call, as the API shapes it: from the made-up world, or the one the API gives for something it does not know."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from .params import day_of, whole_number
from .world import catalog
from .world.days import Capture, Filters, Line, Ranking, is_served, ranking, span_ranking, stage_of
from .world.words import AREAS

SOURCE = "영화진흥위원회"
_WEEK_NAMES = {"0": "주간", "1": "주말", "2": "주중"}
_WEEK_SPANS = {"0": (0, 6), "1": (4, 6), "2": (0, 3)}
_AREA_CODES = frozenset(code for code, *_ in AREAS)


def _tenths(part: int, whole: int) -> int:
    """`part` as a thousandth of `whole`, rounded half away from zero."""
    return (2000 * abs(part) + whole) // (2 * whole)


def _share(part: int, whole: int) -> str:
    value = _tenths(part, whole)
    return f"{value // 10}.{value % 10}"


def _change(difference: int, before: int, keeps_zero: bool) -> str:
    """A change in per cent.

    Daily replies drop a trailing ".0" ("-13"), weekly ones keep it ("-47.0"): both measured.
    """
    value = _tenths(difference, before)
    decimals = f".{value % 10}" if keeps_zero or value % 10 else ""
    return f"{'-' if difference < 0 < value else ''}{value // 10}{decimals}"


def _row(number: int, line: Line, now: Ranking, before: Ranking, is_weekly: bool) -> dict[str, str]:
    rank, _ = now.places[line.film.code]
    past = before.places.get(line.film.code)
    sales_step, audi_step = (line.sales, line.audi) if past is None else (line.sales - past[1].sales, line.audi - past[1].audi)
    whole = "100.0" if is_weekly else "100"
    return {
        "rnum": str(number),
        "rank": str(rank),
        "rankInten": "0" if past is None else str(past[0] - rank),
        "rankOldAndNew": "NEW" if past is None else "OLD",
        "movieCd": line.film.code,
        "movieNm": catalog.title(line.film).korean,
        "openDt": " " if line.film.is_open_date_blank else line.film.opened.isoformat(),
        "salesAmt": str(line.sales),
        "salesShare": _share(line.sales, now.sales),
        "salesInten": str(sales_step),
        "salesChange": whole if past is None else _change(sales_step, past[1].sales, is_weekly),
        "salesAcc": str(line.sales_total),
        "audiCnt": str(line.audi),
        "audiInten": str(audi_step),
        "audiChange": whole if past is None else _change(audi_step, past[1].audi, is_weekly),
        "audiAcc": str(line.audi_total),
        "scrnCnt": str(line.screens),
        "showCnt": str(line.shows),
    }


def _rows(now: Ranking, before: Ranking, params: Mapping[str, str], is_weekly: bool = False) -> list[dict[str, str]]:
    if params.get("wideAreaCd", AREAS[0][0]) not in _AREA_CODES:
        return []
    count = whole_number(params, "itemPerPage", 10, 10)
    return [_row(number, line, now, before, is_weekly) for number, line in enumerate(now.lines[:count], start=1)]


def _filters(params: Mapping[str, str]) -> Filters:
    area = params.get("wideAreaCd", "")
    return Filters(params.get("multiMovieYn", ""), params.get("repNationCd", ""), area if area in _AREA_CODES else "")


def _target(params: Mapping[str, str]) -> date:
    day = day_of(params["targetDt"])
    assert day is not None
    return day


def _daily(seed: int, params: Mapping[str, str], capture: Capture) -> dict[str, Any]:
    """Choice: an area code that does not exist gives an empty list."""
    reply = _no_daily(params)
    ordinal = _target(params).toordinal()
    if is_served(ordinal, capture):
        filters = _filters(params)
        today = ranking(seed, ordinal, stage_of(ordinal, capture), filters)
        before = ranking(seed, ordinal - 1, stage_of(ordinal - 1, capture), filters)
        reply["boxOfficeResult"]["dailyBoxOfficeList"] = _rows(today, before, params)
    return reply


def _no_daily(params: Mapping[str, str]) -> dict[str, Any]:
    day = params["targetDt"]
    return {"boxOfficeResult": {"boxofficeType": "일별 박스오피스", "showRange": f"{day}~{day}", "dailyBoxOfficeList": []}}


def _week(params: Mapping[str, str]) -> tuple[date, date]:
    """The span that holds or belongs to the target's Monday-to-Sunday week (choice, where the target itself is not in it)."""
    target = _target(params)
    first, last = _WEEK_SPANS[params.get("weekGb", "1")]
    ordinal = target.toordinal() - target.weekday()
    return tuple(date.fromordinal(max(1, min(ordinal + offset, date.max.toordinal()))) for offset in (first, last))  # type: ignore[return-value]


def _weekly(seed: int, params: Mapping[str, str], capture: Capture) -> dict[str, Any]:
    reply = _no_weekly(params)
    first, last = _week(params)
    if first > date(2000, 1, 1):
        filters, week = _filters(params), timedelta(7)
        rows = _rows(
            span_ranking(seed, first, last, capture, filters),
            span_ranking(seed, first - week, last - week, capture, filters),
            params,
            True,
        )
        reply["boxOfficeResult"]["weeklyBoxOfficeList"] = rows
    return reply


def _no_weekly(params: Mapping[str, str]) -> dict[str, Any]:
    first, last = _week(params)
    year, week, _ = last.isocalendar()
    return {
        "boxOfficeResult": {
            "boxofficeType": f"{_WEEK_NAMES[params.get('weekGb', '1')]} 박스오피스",
            "showRange": f"{first:%Y%m%d}~{last:%Y%m%d}",
            "yearWeekTime": f"{year}{week:02d}",
            "weeklyBoxOfficeList": [],
        }
    }


def _listed(name: str, total: int, items: list[dict[str, Any]]) -> dict[str, Any]:
    if name == "movie":
        return {"movieListResult": {"totCnt": total, "source": SOURCE, "movieList": items}}
    return {f"{name}ListResult": {"totCnt": total, f"{name}List": items, "source": SOURCE}}


def _info(name: str, item: dict[str, Any] | None, nothing: dict[str, Any]) -> dict[str, Any]:
    return {f"{name}InfoResult": {f"{name}Info": item or nothing, "source": SOURCE}}


def _page(params: Mapping[str, str]) -> tuple[int, int]:
    size = whole_number(params, "itemPerPage", 10, 100)
    return (whole_number(params, "curPage", 1, 10**9) - 1) * size, size


_NO_MOVIE: dict[str, Any] = {
    **dict.fromkeys(("movieCd", "movieNm", "movieNmEn", "movieNmOg", "showTm", "prdtYear", "openDt", "prdtStatNm", "typeNm"), ""),
    **{name: [] for name in ("nations", "genres", "directors", "actors", "showTypes", "companys", "audits", "staffs")},
}
_NO_COMPANY: dict[str, Any] = {**dict.fromkeys(("companyCd", "companyNm", "companyNmEn", "ceoNm")), "parts": [], "filmos": []}
_NO_PERSON: dict[str, Any] = {
    **dict.fromkeys(("peopleCd", "peopleNm", "peopleNmEn", "sex", "repRoleNm")),
    "homepages": [],
    "filmos": [],
}

_Maker = Callable[[int, Mapping[str, str], Capture], dict[str, Any]]
_MAKERS: dict[str, _Maker] = {
    "boxoffice/searchDailyBoxOfficeList": _daily,
    "boxoffice/searchWeeklyBoxOfficeList": _weekly,
    "movie/searchMovieList": lambda seed, p, at: _listed("movie", *catalog.movies(seed, p, at.now.date(), *_page(p))),
    "movie/searchMovieInfo": lambda seed, p, at: _info("movie", catalog.movie(seed, p["movieCd"], at.now.date()), _NO_MOVIE),
    "company/searchCompanyList": lambda seed, p, at: _listed("company", *catalog.companies(seed, p, at.now.date(), *_page(p))),
    "company/searchCompanyInfo": lambda seed, p, at: _info(
        "company", catalog.company(seed, p["companyCd"], at.now.date()), _NO_COMPANY
    ),
    "people/searchPeopleList": lambda seed, p, at: _listed("people", *catalog.people(seed, p, at.now.date(), *_page(p))),
    "people/searchPeopleInfo": lambda seed, p, at: _info(
        "people", catalog.person(seed, p["peopleCd"], at.now.date()), _NO_PERSON
    ),
    "code/searchCodeList": lambda seed, p, at: {"codes": catalog.codes(p["comCode"])},
}
_NOTHING: dict[str, Callable[[Mapping[str, str]], dict[str, Any]]] = {
    "boxoffice/searchDailyBoxOfficeList": _no_daily,
    "boxoffice/searchWeeklyBoxOfficeList": _no_weekly,
    "movie/searchMovieList": lambda p: _listed("movie", 0, []),
    "movie/searchMovieInfo": lambda p: _info("movie", None, _NO_MOVIE),
    "company/searchCompanyList": lambda p: _listed("company", 0, []),
    "company/searchCompanyInfo": lambda p: _info("company", None, _NO_COMPANY),
    "people/searchPeopleList": lambda p: _listed("people", 0, []),
    "people/searchPeopleInfo": lambda p: _info("people", None, _NO_PERSON),
    "code/searchCodeList": lambda p: {"codes": []},
}


def reply(seed: int, endpoint: str, params: Mapping[str, str], now: datetime, revises: bool = True) -> dict[str, Any]:
    """The made-up world's reply to a call whose parameters have been checked, at `now` (KST).

    Without `revises` the last days are served as they will be in the end.
    """
    return _MAKERS[endpoint](seed, params, Capture(now, revises))


def reply_about_nothing(endpoint: str, params: Mapping[str, str]) -> dict[str, Any]:
    """The reply to a call about an unknown code or an empty day. No such reply of the real API was saved.

    Choice: the usual wrapper; an empty list, or a record whose scalars are "" (movieInfo) or null (companyInfo,
    peopleInfo) and lists empty.
    """
    return _NOTHING[endpoint](params)
