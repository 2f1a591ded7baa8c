"""Faults: KOFIC's own fault replies, and those that a test injects."""

import json
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from .world.draw import unit

TROUBLES = (
    "timeout",
    "403",
    "503",
    "429",
    "truncate",
    "html",
    "redirect",
    "oversize",
    "xml_fault",
    "wrapped_fault",
    "other_answer",
    "raw_control",
    "unwrapped",
    "broken_record",
    "new_field",
    "missing_field",
    "empty",
)
"""What `next` can hold. The last four change the reply's rows; "empty" is the reply to a call about nothing known.

The two faults are that of an invalid key, as XML and wrapped once more. "other_answer" is of another day or film; in
"raw_control" each blank inside a string is a raw tab and line break, which JSON forbids.
"""
_RATES = {
    "timeout_rate": "timeout",
    "error_rate": "503",
    "rate_limit_rate": "429",
    "truncate_rate": "truncate",
    "html_rate": "html",
}


def fault_reply(code: str, message: str) -> dict[str, Any]:
    """A fault as KOFIC sends it, with HTTP status 200."""
    return {"faultInfo": {"message": message, "errorCode": code}}


class BadPlanError(ValueError):
    """The requested faults are invalid; the message says why."""


@dataclass
class Plan:
    """The faults to inject. Rates are shares of calls (0 to 1); `next` is used up first, one entry per call."""

    latency_seconds: float = 0.0
    timeout_rate: float = 0.0
    error_rate: float = 0.0
    rate_limit_rate: float = 0.0
    truncate_rate: float = 0.0
    html_rate: float = 0.0
    next: deque[str] = field(default_factory=deque)

    def draw(self, seed: int, call_number: int) -> str | None:
        """The fault of this call, or None. With rates, the same seed and call number give the same fault."""
        if self.next:
            return self.next.popleft()
        chance = unit(seed, "trouble", call_number)
        for name, fault in _RATES.items():
            chance -= getattr(self, name)
            if chance < 0:
                return fault
        return None

    def as_json(self) -> dict[str, Any]:
        """The plan as `PUT /admin/faults` takes it."""
        return {entry.name: getattr(self, entry.name) for entry in fields(self)} | {"next": list(self.next)}


def plan_from(body: object) -> Plan:
    """The plan in the JSON of `PUT /admin/faults`; what it does not name is off."""
    if not isinstance(body, Mapping):
        raise BadPlanError("send a JSON object")
    names = [entry.name for entry in fields(Plan)]
    unknown = sorted(set(body) - set(names))
    if unknown:
        raise BadPlanError(f"unknown: {', '.join(unknown)}; known: {', '.join(names)}")
    coming = body.get("next", [])
    if not isinstance(coming, list) or not all(item in TROUBLES for item in coming):
        raise BadPlanError(f"next is a list of: {', '.join(TROUBLES)}")
    numbers: dict[str, float] = {}
    for name in names[:-1]:
        value = body.get(name, 0.0)
        highest = 60.0 if name == "latency_seconds" else 1.0
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= highest:
            raise BadPlanError(f"{name} is a number from 0 to {highest:g}")
        numbers[name] = float(value)
    if sum(numbers[name] for name in _RATES) > 1:
        raise BadPlanError(f"{', '.join(_RATES)} add up to more than 1")
    return Plan(**numbers, next=deque(coming))


def _rows(body: Any) -> list[dict[str, Any]]:
    """The records of a reply: the rows of its list, or the one record of an info reply."""
    (content,) = body.values()
    if isinstance(content, list):
        return content
    for name in ("dailyBoxOfficeList", "weeklyBoxOfficeList", "movieList", "companyList", "peopleList"):
        if name in content:
            return list(content[name])
    return [content[name] for name in ("movieInfo", "companyInfo", "peopleInfo") if name in content]


def _figure(row: Mapping[str, Any]) -> str:
    return next((name for name in ("audiCnt", "showTm", "movieCd") if name in row), next(iter(row)))


def spoil(body: dict[str, Any], fault: str) -> dict[str, Any]:
    """A reply with broken_record, new_field, missing_field, other_answer or unwrapped done to it.

    The figure that is broken or missing is the first row's audiCnt; in replies without it, showTm, else movieCd, else
    the first field.
    """
    if fault == "unwrapped":
        return {"result": next(iter(body.values()))}
    body = json.loads(json.dumps(body))
    rows = _rows(body)
    if fault == "other_answer":
        (content,) = body.values()
        if "showRange" in content:
            content["showRange"] = "20031111~20031111"
        for row in rows if "movieInfo" in content else ():
            row["movieCd"] = "20249999"
    if fault == "new_field":
        for row in rows:
            row["newField"] = "1"
    elif rows and fault == "broken_record":
        rows[0][_figure(rows[0])] = "abc"
    elif rows and fault == "missing_field":
        del rows[0][_figure(rows[0])]
    return body
