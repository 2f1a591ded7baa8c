"""What each endpoint takes, and the checks the API makes before it answers.

Sources: the reference of the API and saved fault replies; the messages are KOFIC's own, word for word where they were
saved (the spelling 날싸 included). Where no errorCode was saved (repNationCd, weekGb) or no message either
(multiMovieYn, a missing code), the code or message is a choice, marked below.
"""

from collections.abc import Mapping
from datetime import date

_PAGING = ("curPage", "itemPerPage")
_BOX_OFFICE = ("targetDt", "itemPerPage", "multiMovieYn", "repNationCd", "wideAreaCd")

ENDPOINTS: dict[str, tuple[str, ...]] = {
    "boxoffice/searchDailyBoxOfficeList": _BOX_OFFICE,
    "boxoffice/searchWeeklyBoxOfficeList": (*_BOX_OFFICE, "weekGb"),
    "movie/searchMovieList": (
        *_PAGING,
        "movieNm",
        "directorNm",
        "openStartDt",
        "openEndDt",
        "prdtStartYear",
        "prdtEndYear",
        "repNationCd",
        "movieTypeCd",
    ),
    "movie/searchMovieInfo": ("movieCd",),
    "company/searchCompanyList": (*_PAGING, "companyNm", "ceoNm", "companyPartCd"),
    "company/searchCompanyInfo": ("companyCd",),
    "people/searchPeopleList": (*_PAGING, "peopleNm", "filmoNames"),
    "people/searchPeopleInfo": ("peopleCd",),
    "code/searchCodeList": ("comCode",),
}
"""The nine endpoints (path without `.json`) and the parameters each one takes in addition to `key`."""

INVALID_KEY = ("320010", "유효하지않은 키값입니다.")
QUOTA_USED_UP = ("320011", "키의 하루 이용량을 초과하였습니다.")
_DATE_MISSING = ("320102", "날짜는 필수항목입니다.")
_DATE_MALFORMED = ("320103", "날싸형식에 맞게 입력하십시요.(YYYYMMDD)")
# The five codes below, and the last two texts, are choices: none was saved.
_CODE_MISSING = ("320101", "코드는 필수항목입니다.")
_BAD_NATION = ("320104", "국적구분 조건이 올바르지 않습니다.(F:외국영화, K:한국영화)")
_BAD_WEEK = ("320105", "주간/주말 조건이 올바르지 않습니다.(0:주간,1:주말,2:주중)")
_BAD_DIVERSITY = ("320106", "영화유형 조건이 올바르지 않습니다.(Y:다양성영화, N:상업영화)")

_REQUIRED_CODES = {
    "movie/searchMovieInfo": "movieCd",
    "company/searchCompanyInfo": "companyCd",
    "people/searchPeopleInfo": "peopleCd",
    "code/searchCodeList": "comCode",
}


class ParameterError(Exception):
    """A call the API refuses, with KOFIC's code and message."""

    def __init__(self, fault: tuple[str, str], name: str, value: str | None) -> None:
        self.code = fault[0]
        self.message = f"{fault[1]}[parameterName={name},parameterValue={'null' if value is None else value}]"
        super().__init__(self.code)


def day_of(text: str) -> date | None:
    """The date that `yyyymmdd` names, or None. Choice: a day the calendar does not have (20240231) is malformed."""
    if len(text) != 8 or not (text.isascii() and text.isdigit()):
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None


def known(endpoint: str, sent: Mapping[str, str]) -> dict[str, str]:
    """The parameters the endpoint knows.

    Others are ignored without a word, as by the real API; an empty value counts as not sent (choice).
    """
    return {name: sent[name] for name in ENDPOINTS[endpoint] if sent.get(name)}


def check(endpoint: str, params: Mapping[str, str]) -> None:
    """Raise `ParameterError` if the API would refuse these (`known`) parameters."""
    if endpoint in _REQUIRED_CODES:
        name = _REQUIRED_CODES[endpoint]
        if name not in params:
            raise ParameterError(_CODE_MISSING, name, None)
    if not endpoint.startswith("boxoffice/"):
        return
    target = params.get("targetDt")
    if target is None:
        raise ParameterError(_DATE_MISSING, "targetDt", None)
    if day_of(target) is None:
        raise ParameterError(_DATE_MALFORMED, "targetDt", target)
    for name, allowed, fault in (
        ("multiMovieYn", ("Y", "N"), _BAD_DIVERSITY),
        ("repNationCd", ("K", "F"), _BAD_NATION),
        ("weekGb", ("0", "1", "2"), _BAD_WEEK),
    ):
        if name in params and params[name] not in allowed:
            raise ParameterError(fault, name, params[name])


def whole_number(params: Mapping[str, str], name: str, default: int, largest: int) -> int:
    """A parameter as a number from 1 to `largest`. Choice: what is not such a number counts as `default`."""
    text = params.get(name, "")
    if not (text.isascii() and text.isdigit()) or len(text) > 9 or int(text) < 1:
        return default
    return min(int(text), largest)
