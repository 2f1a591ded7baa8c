"""The Korean language pack of Superset's front end, served in place of Superset's own.

Superset's catalogue has guesses that its translators have not confirmed ("No filter" as "add a table"). They are left out, so
that English stands there, and what a reader of a dashboard meets is translated here.
"""

import json
from functools import cache
from importlib.resources import files
from typing import Any

from babel.messages.pofile import read_po
from flask import Blueprint, Response, request

READERS = {
    "APPLY": "적용",
    "Actual time range": "실제 기간",
    "Add/Edit Filters": "필터 추가·편집",
    "Advanced": "글로 쓰기",
    "Apply": "적용",
    "Apply filters": "필터 적용",
    "CANCEL": "취소",
    "Clear all": "모두 지우기",
    "Clear All": "모두 지우기",
    "Configure Time Range: Current...": "이번 기간",
    "Configure Time Range: Last...": "지난 기간",
    "Configure Time Range: Previous...": "바로 앞 기간",
    "Configure Advanced Time Range ": "날짜나 말로 쓰는 기간",
    "Configure custom time range": "날짜로 고르는 기간",
    "Current": "이번",
    "Custom": "날짜로 고르기",
    "Draft": "초안",
    "Edit dashboard": "대시보드 편집",
    "Edit time range": "기간 고르기",
    "End (exclusive)": "끝(이날 앞까지)",
    "Last": "지난",
    "Last day": "최근 1일",
    "Last month": "최근 1개월",
    "Last quarter": "최근 3개월",
    "Last week": "최근 1주",
    "Last year": "최근 1년",
    "More filters": "필터 더 보기",
    "No data": "자료 없음",
    "No filter": "전체",
    "No results": "결과 없음",
    "No results were returned for this query": "고른 조건에 맞는 자료가 없습니다",
    "Previous": "바로 앞",
    "Published": "공개",
    "Range type": "고르는 법",
    "Select": "고르기",
    "Settings": "설정",
    "Start (inclusive)": "시작(이날부터)",
    "Subtotal": "소계",
    "Summary": "합계",
    "Time range": "기간",
    "There is currently no information to display.": "기간이나 필터를 바꿔 보세요.",
    "Total": "합계",
    "Total (%(aggregatorName)s)": "합계",
    "Waiting on %s": "%s의 답을 기다립니다",
    "Waiting on database...": "자료를 기다립니다…",
    "%s option": ["%s개 가운데"],
}


BLUEPRINT = Blueprint("korean", __name__)


# Superset's own route is `/superset/language_pack/<lang>/`: a path without a variable goes before it.
@BLUEPRINT.get("/superset/language_pack/ko/")
def language_pack() -> Response:
    """The pack, which a browser fetches for each page."""
    response = Response(_pack(), mimetype="application/json")
    response.add_etag()
    return response.make_conditional(request)


@cache
def _pack() -> bytes:
    catalogue = files("superset") / "translations" / "ko" / "LC_MESSAGES"
    if not (catalogue / "messages.po").is_file():
        # The official image is built without the catalogues.
        pack = {"domain": "superset", "locale_data": {"superset": {"": {"domain": "superset", "lang": "ko"}}}}
        return _with_ours(pack)
    with (catalogue / "messages.po").open("rb") as file:
        unconfirmed = {each.id if isinstance(each.id, str) else each.id[0] for each in read_po(file) if each.fuzzy and each.id}
    pack = json.loads((catalogue / "messages.json").read_bytes())
    messages = pack["locale_data"]["superset"]
    messages |= {message: [""] for message in unconfirmed & messages.keys()}
    return _with_ours(pack)


def _with_ours(pack: dict[str, Any]) -> bytes:
    messages = pack["locale_data"]["superset"]
    messages |= {message: text if isinstance(text, list) else [text] for message, text in READERS.items()}
    return json.dumps(pack, ensure_ascii=False).encode()
