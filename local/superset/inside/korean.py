"""Superset's front end in Korean: its language pack, served in place of Superset's own, and the one word that is in no pack.

Superset's catalogue has guesses that its translators have not confirmed ("No filter" as "add a table"). They are left out, so
that English stands there, and what a reader of a dashboard meets is translated here.
"""

import json
import re
from functools import cache
from importlib.resources import files
from typing import Any

from babel.messages.pofile import read_po
from flask import Blueprint, Response, request

TIME_RANGE = b"/api/v1/time_range/?q="
ITS_COLUMN = re.compile(rb'(?<=,\w=)"col"')

READERS = {
    "%s option": ["%s개 가운데"],
    "10 seconds": "10초",
    "About": "소개",
    "Actual time range": "실제 기간",
    "Add the name of the dashboard": "대시보드 이름",
    "Add/Edit Filters": "필터 추가·편집",
    "Advanced": "글로 쓰기",
    "Applied cross-filters (%d)": "걸린 교차 필터 (%d)",
    "Applied filters (%d)": "걸린 필터 (%d)",
    "Applied filters (%s)": "걸린 필터 (%s)",
    "Applied filters: %s": "걸린 필터: %s",
    "APPLY": "적용",
    "Apply": "적용",
    "Apply filters": "필터 적용",
    "Cached %s": "%s 자료(저장된 답)",
    "CANCEL": "취소",
    "Certified": "인증됨",
    "Choose...": "고르기",
    "Clear": "비우기",
    "Clear all": "모두 지우기",
    "Clear All": "모두 지우기",
    "Click to favorite/unfavorite": "즐겨찾기에 넣거나 빼기",
    "Close": "닫기",
    "Configure Advanced Time Range ": "날짜나 말로 쓰는 기간",
    "Configure custom time range": "날짜로 고르는 기간",
    "Configure Time Range: Current...": "이번 기간",
    "Configure Time Range: Last...": "지난 기간",
    "Configure Time Range: Previous...": "바로 앞 기간",
    "Copy permalink to clipboard": "이 화면의 주소 복사",
    "Cross-filtering scoping": "교차 필터의 범위",
    "Current": "이번",
    "Custom": "날짜로 고르기",
    "Dark": "어둡게",
    "Deselect all": "모두 빼기",
    "Download": "내려받기",
    "Download as Image": "그림으로 내려받기",
    "Download as image": "그림으로 내려받기",
    "Draft": "초안",
    "Drill by": "나누어 보기",
    "Drill to detail": "행으로 보기",
    "Edit chart": "차트 편집",
    "Edit dashboard": "대시보드 편집",
    "Edit time range": "기간 고르기",
    "End (exclusive)": "끝(이날 앞까지)",
    "Enter fullscreen": "전체 화면",
    "Exit fullscreen": "전체 화면 끝내기",
    "Export as Example": "예시로 내보내기",
    "Export to .CSV": "CSV로 내려받기",
    "Export to Excel": "엑셀로 내려받기",
    "Export to full .CSV": "모든 행을 CSV로 내려받기",
    "Export to full Excel": "모든 행을 엑셀로 내려받기",
    "Export to PDF": "PDF로 내려받기",
    "Export to Pivoted .CSV": "보이는 표 그대로 CSV로 내려받기",
    "Export to Pivoted Excel": "보이는 표 그대로 엑셀로 내려받기",
    "Export YAML": "YAML로 내보내기",
    "Favorite": "즐겨찾기",
    "Fetched %s": "%s 자료",
    "Filter type": "필터 종류",
    "Force refresh": "새로 고침",
    "Hide chart description": "설명 숨기기",
    "Last": "지난",
    "Last day": "최근 1일",
    "Last month": "최근 1개월",
    "Last quarter": "최근 3개월",
    "Last queried at": "자료를 가져온 때",
    "Last week": "최근 1주",
    "Last year": "최근 1년",
    "Light": "밝게",
    "Match system": "기기 설정대로",
    "Metric": "값",
    "More filters": "필터 더 보기",
    "More Options": "더 보기",
    "No applied filters": "걸린 필터 없음",
    "No data": "자료 없음",
    "No filter": "전체",
    "No matching records found": "찾는 행이 없습니다",
    "No records found": "행이 없습니다",
    "No results": "결과 없음",
    "No results were returned for this query": "고른 조건에 맞는 자료가 없습니다",
    "Owner": "만든 이",
    "Owners": "만든 이",
    "PDF download failed, please refresh and try again.": "PDF를 내려받지 못했습니다. 페이지를 새로 고치고 다시 하세요.",
    "Previous": "바로 앞",
    "Published": "공개",
    "Query %s: %s": "질의 %s: %s",
    "Range type": "고르는 법",
    "Refresh dashboard": "모든 차트 새로 고침",
    "Refresh frequency": "간격",
    "Refresh interval": "새로 고침 간격",
    "Refresh interval set for this session": "이 창에서 쓸 새로 고침 간격을 정했습니다",
    "Refresh settings": "자동 새로 고침",
    "Refreshing charts": "차트를 새로 고치는 중",
    "Scope": "범위",
    "Search %s records": "%s행에서 찾기",
    "See less": "줄여 보기",
    "See more": "자세히",
    "Select": "고르기",
    "Select all": "모두 고르기",
    "Set auto-refresh": "자동 새로 고침",
    "Set refresh frequency for current session only.": "이 창을 닫을 때까지의 새로 고침 간격입니다.",
    "Set the automatic refresh frequency for this dashboard.": "이 대시보드를 자동으로 새로 고치는 간격입니다.",
    "Settings": "설정",
    "Share": "공유",
    "Share chart by email": "차트를 이메일로 공유",
    "Share permalink by email": "주소를 이메일로 공유",
    "Shift + Click to sort by multiple columns": "Shift를 누르고 고르면 여러 열로 정렬합니다",
    "Show chart description": "설명 보기",
    "Sorry, something went wrong. Try again later.": "문제가 생겼습니다. 잠시 뒤에 다시 하세요.",
    "Start (inclusive)": "시작(이날부터)",
    "Subtotal": "소계",
    "Summary": "합계",
    "The row limit set for the chart was reached. The chart may show partial data.": "차트에 정해진 행 수까지만 보입니다.",
    "The screenshot could not be downloaded. Please, try again later.": "그림을 내려받지 못했습니다. 잠시 뒤에 다시 하세요.",
    "The screenshot has been downloaded.": "그림을 내려받았습니다.",
    "The screenshot is being generated. Please, do not leave the page.": "그림을 만드는 중입니다. 페이지를 떠나지 마세요.",
    "Theme": "테마",
    "There is currently no information to display.": "기간이나 필터를 바꿔 보세요.",
    "Time filter": "기간 필터",
    "Time range": "기간",
    "Total": "합계",
    "Total (%(aggregatorName)s)": "합계",
    "Type a value": "찾을 말",
    "Update auto-refresh": "자동 새로 고침 바꾸기",
    "Version": "판",
    "View as table": "표로 보기",
    "View query": "질의 보기",
    "Waiting on %s": "%s의 답을 기다립니다",
    "Waiting on database...": "자료를 기다립니다…",
}


BLUEPRINT = Blueprint("korean", __name__)


# Superset's own route is `/superset/language_pack/<lang>/`: a path without a variable goes before it.
@BLUEPRINT.get("/superset/language_pack/ko/")
def language_pack() -> Response:
    """The pack, which a browser fetches for each page."""
    response = Response(_pack(), mimetype="application/json")
    response.add_etag()
    return response.make_conditional(request)


# The label of a period between two dates is "2024-01-01 ≤ col < 2024-07-01" in every language: "col" is the default of a
# parameter of fetchTimeRange (superset-ui-core/src/time-comparison/fetchTimeRange.ts).
def date_in_korean(response: Response) -> Response:
    """The response, not yet compressed; if it is the front end's script that writes that label, with the word in Korean."""
    if request.endpoint != "static" or response.status_code != 200 or not request.path.endswith(".js"):
        return response
    response.direct_passthrough = False
    script = response.get_data()
    if TIME_RANGE in script:
        response.set_data(ITS_COLUMN.sub('"날짜"'.encode(), script))
    return response


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
