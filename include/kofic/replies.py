"""What a reply says: the answer below its wrapper, a fault of the API, or neither."""

import html
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from include.kofic import errors
from include.kofic.calendar import part_of_week

DAILY_BOX_OFFICE = "boxoffice/searchDailyBoxOfficeList"
WEEKLY_BOX_OFFICE = "boxoffice/searchWeeklyBoxOfficeList"
MOVIE_INFO = "movie/searchMovieInfo"

DEEPEST = 32
"""The deepest nesting that a reply may have. KOFIC's deepest recorded one has 5; json and Arrow recurse a level each."""

KEPT_BYTES = 60_000
"""How much of the start of an unreadable reply is kept. A box-office reply has 6 KB, a film mostly 2."""

_Params = Mapping[str, str]


@dataclass(frozen=True)
class Reply:
    """A reply to one request. `params` are as sent, without the key; `answer` is the part below the wrapper."""

    endpoint: str
    params: Mapping[str, str]
    answer: Any
    captured_at: datetime
    attempts: int
    elapsed_ms: int


@dataclass(frozen=True)
class _Shape:
    """Where an endpoint's answer is, its type, and a check whether it answers another request (None: it does not)."""

    wrapper: str
    part: str
    kind: type
    other: Callable[[_Params, Mapping[str, Any], Any], str | None]


def recorded(params: Mapping[str, str]) -> str:
    """A request's parameters as `api_call` and `rejected_record` hold them."""
    return json.dumps(dict(params), ensure_ascii=False, sort_keys=True)


def _other_day(asked: _Params, result: Mapping[str, Any], answer: Any) -> str | None:
    day = asked.get("targetDt")
    return _other_range(result, day, day * 2) if day else None


def _other_week(asked: _Params, result: Mapping[str, Any], answer: Any) -> str | None:
    if "targetDt" not in asked:
        return None
    days = part_of_week(date.fromisoformat(asked["targetDt"]), asked.get("weekGb", "1"))
    return _other_range(result, f"{days.first:%Y%m%d}{days.last:%Y%m%d}")


def _other_range(result: Mapping[str, Any], *expected: str) -> str | None:
    """The days of the figures, if they are none of those expected: "20240101~20240101", however it is punctuated."""
    digits = re.sub(r"\D", "", str(result.get("showRange") or ""))
    if len(digits) not in (8, 16) or digits in expected:
        return None
    return f"showRange {'~'.join(filter(None, (digits[:8], digits[8:])))}"


def _other_film(asked: _Params, result: Mapping[str, Any], answer: Any) -> str | None:
    film, code = asked.get("movieCd"), str((answer or {}).get("movieCd") or "").strip()
    return f"movieCd {errors.printable(code, 64)}" if film and code and code != film else None


_SHAPES: Mapping[str, _Shape] = MappingProxyType(
    {
        DAILY_BOX_OFFICE: _Shape("boxOfficeResult", "dailyBoxOfficeList", list, _other_day),
        WEEKLY_BOX_OFFICE: _Shape("boxOfficeResult", "weeklyBoxOfficeList", list, _other_week),
        MOVIE_INFO: _Shape("movieInfoResult", "movieInfo", dict, _other_film),
    }
)

_XML_CODE = re.compile(rb"<errorCode[^>]{0,200}>\s{0,20}(?:<!\[CDATA\[)?\s{0,20}(\w{1,20})")
_XML_MESSAGE = re.compile(rb"<message[^>]{0,200}>\s{0,20}(?:<!\[CDATA\[)?([^<\]]{0,1000})")


def unwrap(endpoint: str, body: bytes, asked: _Params = MappingProxyType({})) -> Any:
    """The answer inside a reply's wrapper: a list of rows, or a film's fields. `asked` are the parameters of the request.

    Raises:
        errors.Unavailable: not a JSON object (truncated, HTML).
        errors.PermanentError: a fault of the API (as JSON or XML), nesting beyond any reply's, an object without the endpoint's
            wrapper, or the answer to another request.
    """
    decoded = _decoded(body)
    shape = _SHAPES[endpoint]
    result = decoded.get(shape.wrapper)
    if isinstance(decoded.get("faultInfo"), dict) or not isinstance(result, dict) or shape.part not in result:
        if fault := _fault_within(decoded):
            raise fault
        holder = result if isinstance(result, dict) else decoded
        held = errors.printable(", ".join(sorted(holder)[:5])) or "nothing"
        raise errors.RejectedReply(
            f"the reply has no {shape.wrapper}.{shape.part} (it has: {held}); this is not an empty answer",
            "see whether KOFIC changed the API",
        )
    answer = result[shape.part]
    # What the API says of an unknown film is not recorded anywhere: null is taken as "no such film", as "" fields are.
    if answer is None and shape.kind is dict:
        return {}
    if not isinstance(answer, shape.kind):
        raise errors.RejectedReply(
            f"{shape.wrapper}.{shape.part} is no {shape.kind.__name__}", "see whether KOFIC changed the API"
        )
    if other := shape.other(asked, result, answer):
        raise errors.RejectedReply(
            f"the reply answers another request: {other}",
            "look at the endpoint in a browser; check proxies and caches on the way",
        )
    return answer


def fault_in(body: bytes) -> errors.PermanentError | None:
    """The API's fault that a body holds, as JSON or XML, if it holds one."""
    try:
        return _fault_within(json.loads(body, strict=False))
    except (ValueError, RecursionError):
        return _fault_in_xml(body)


def _decoded(body: bytes) -> dict[str, Any]:
    try:
        # Not strict: a tab or a line break may stand inside a string as it is.
        decoded = json.loads(body, strict=False)
    except RecursionError:
        raise _too_deep() from None
    except ValueError:
        raise _fault_in_xml(body) or errors.Unavailable(
            "the body is not JSON", "try again; if it persists, see whether the API is up"
        ) from None
    # Each level opens a bracket of its own.
    if body.count(b"{") + body.count(b"[") > DEEPEST and _is_deeper(decoded, DEEPEST):
        raise _too_deep()
    if not isinstance(decoded, dict):
        raise errors.Unavailable("the body is JSON, but not an object", "try again later")
    return decoded


def _fault_within(value: Any, levels: int = 3) -> errors.PermanentError | None:
    """The fault in an object or in what wraps it: `faultInfo` alone, and `faultInfo` inside a `faultResult`."""
    if not isinstance(value, dict) or not levels:
        return None
    if "errorCode" in value:
        return errors.fault(str(value["errorCode"]).strip(), str(value.get("message") or "").strip())
    return next(filter(None, (_fault_within(inner, levels - 1) for inner in value.values())), None)


def _fault_in_xml(body: bytes) -> errors.PermanentError | None:
    """The fault in an XML body. Two tags are looked for and nothing is parsed, so no entity of it can do harm."""
    beginning = body[:KEPT_BYTES].lstrip(b"\xef\xbb\xbf \t\r\n")
    code = _XML_CODE.search(beginning) if beginning.startswith(b"<") else None
    if not code:
        return None
    message = _XML_MESSAGE.search(beginning)
    text = html.unescape(message[1].decode(errors="replace")) if message else ""
    return errors.fault(code[1].decode(errors="replace"), text.strip())


def _is_deeper(value: Any, most: int) -> bool:
    level = [value]
    for _ in range(most):
        level = [
            inner
            for each in level
            if isinstance(each, dict | list)
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
        if not level:
            return False
    return any(isinstance(each, dict | list) for each in level)


def _too_deep() -> errors.RejectedReply:
    return errors.RejectedReply(
        f"the body is nested deeper than {DEEPEST} levels",
        "look at the endpoint in a browser; check the host of the connection `kofic`",
    )
