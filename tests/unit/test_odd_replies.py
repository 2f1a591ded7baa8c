"""Faulty replies over real HTTP: transient errors are retried, one bad reply costs itself alone, a failing API is left."""

import asyncio
import json
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime

import pytest
from starlette.responses import RedirectResponse, Response

from include.kofic import errors
from include.kofic.calendar import DayRange
from include.kofic.client import ClientSettings, KoficClient
from include.kofic.extract import FAILED_IN_A_ROW, collect_box_office, collect_movies
from include.kofic.filters import FilterSet
from include.kofic.findings import combined, findings
from include.kofic.replies import DAILY_BOX_OFFICE
from include.kofic.secret import Secret
from tests.answering import answering, box_office, film

ALL = [FilterSet.parse("ALL")]
KEY_FAULT = "<faultInfo><message>키</message><errorCode>320010</errorCode></faultInfo>"
QUOTA_FAULT = '{"faultInfo": {"message": "한도", "errorCode": "320011"}}'
ROW = {
    **dict.fromkeys(("rnum", "rank", "salesAmt", "salesAcc", "audiCnt", "audiAcc", "scrnCnt", "showCnt", "salesShare"), "1"),
    **dict.fromkeys(("rankInten", "salesInten", "salesChange", "audiInten", "audiChange"), "0"),
    "rankOldAndNew": "OLD",
    "movieCd": "1",
    "movieNm": "영화",
    "openDt": "2024-01-01",
}
LISTS = {name: [] for name in ("nations", "genres", "directors", "actors", "showTypes", "companys", "audits", "staffs")}
SCALARS = dict.fromkeys(("movieNm", "movieNmEn", "movieNmOg", "showTm", "prdtYear", "openDt", "prdtStatNm", "typeNm"), "")


@pytest.fixture
def server():
    with answering() as server:
        yield server


@pytest.fixture
def settings(server):
    return ClientSettings(Secret("a-key-of-the-tests"), server.url, calls_per_second=1000, longest_pause=0.02, attempts=3)


def _with(settings, work):
    async def run():
        async with KoficClient(settings) as client:
            return await work(client)

    return asyncio.run(run())


def _box_office(settings, days):
    last = date(2024, 1, 1) + timedelta(days=days - 1)
    return _with(settings, lambda client: collect_box_office(client, DayRange(date(2024, 1, 1), last), ALL))


def _movies(settings, *codes):
    return _with(settings, lambda client: collect_movies(client, codes))


def _day(request):
    return request.query_params["targetDt"]


def _good(request):
    if "movieCd" in request.query_params:
        return Response(film(movieCd=request.query_params["movieCd"], **SCALARS, **LISTS))
    return Response(box_office(ROW, day=f"{_day(request)}~{_day(request)}"))


def _bad_for(*bad, answer):
    return lambda request: answer if {*request.query_params.values()} & set(bad) else _good(request)


def _refused(status):
    if status == 302:
        return RedirectResponse("/notice.do", status_code=302)
    return Response("가라", status_code=status, headers={"Retry-After": "0"})


@pytest.mark.parametrize("status", [403, 302, 429, 503])
def test_a_block_or_a_maintenance_that_passes_is_waited_for(server, settings, status):
    refusals = iter([_refused(status), _refused(status)])
    server.answer_to = lambda request: next(refusals, None) or _good(request)
    batch = _box_office(settings, 1)
    assert (len(batch.rows["daily_box_office"]), batch.rows["api_call"][0]["attempts"]) == (1, 3)
    assert all(request.url.path.endswith(".json") for request in server.asked), "no redirect was followed"


@pytest.mark.parametrize("status", [403, 302, 429, 503])
def test_one_that_does_not_pass_is_an_error_with_a_remedy(server, settings, status):
    server.answer = lambda: _refused(status)
    with pytest.raises(errors.TransientError, match=f"HTTP {status}.*Remedy"):
        _box_office(settings, 1)
    assert len(server.asked) == settings.attempts


@pytest.mark.parametrize(("status", "header"), [(429, "30"), (503, "in half a minute"), (403, "30")])
def test_a_wish_to_be_left_alone_is_granted_up_to_the_longest_pause_and_by_all(server, settings, status, header):
    if not header.isdigit():
        header = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    moments = []

    def answer(request):
        moments.append(time.monotonic())
        return Response("", status_code=status, headers={"Retry-After": header}) if len(moments) == 1 else _good(request)

    server.answer_to = answer
    batch = _box_office(replace(settings, longest_pause=0.4, concurrency=2, calls_per_second=5), 2)
    assert len(batch.rows["daily_box_office"]) == 2
    first, *later = moments
    assert 0.4 <= later[0] - first < 5


@pytest.mark.parametrize("header", ["", "soon", "-5", "²", "9" * 40, "Wed, 99 Foo 2024 00:00:00 GMT"])
def test_a_wish_that_cannot_be_read_is_none(server, settings, header):
    refusals = iter([Response("", status_code=503, headers={"Retry-After": header.encode("utf-8").decode("latin-1")})])
    server.answer_to = lambda request: next(refusals, None) or _good(request)
    assert len(_box_office(settings, 1).rows["daily_box_office"]) == 1


@pytest.mark.parametrize("status", [200, 403, 500])
@pytest.mark.parametrize("body", [KEY_FAULT, '{"faultResult": {"faultInfo": {"message": "키", "errorCode": "320010"}}}'])
def test_the_key_is_named_as_the_cause_whatever_the_fault_is_wrapped_in(server, settings, status, body):
    server.answer = lambda: Response(body, status_code=status)
    with pytest.raises(errors.InvalidKey, match="password of the Airflow connection `kofic`"):
        _box_office(settings, 40)
    assert len(server.asked) <= settings.concurrency, "it stops at once"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Response("<html>점검 중</html>"), "not JSON"),
        (Response('{"boxOfficeResult": {}}'), "has no boxOfficeResult.dailyBoxOfficeList"),
        (Response(box_office(ROW, day="20231231~20231231")), "another request: showRange 20231231~20231231"),
        (Response('{"faultInfo": {"message": "?", "errorCode": "320199"}}'), "fault 320199"),
        (Response("", status_code=404), "HTTP 404"),
        (Response("모두 바쁩니다", status_code=503), "HTTP 503"),
        (Response(b"[" * 100 + b"]" * 100), "nested"),
        (Response(b"?", headers={"Content-Encoding": "br"}), "encoded as br"),
    ],
)
def test_a_reply_that_cannot_be_read_is_kept_and_costs_itself_alone(server, settings, answer, reason):
    server.answer_to = _bad_for("20240102", answer=answer)
    batch = _box_office(settings, 4)
    assert {row["target_date"].day for row in batch.rows["daily_box_office"]} == {1, 3, 4}
    (kept,) = batch.rows["rejected_record"]
    assert reason in kept["reason"]
    assert "Remedy" not in kept["reason"], "the same fault of two questions reads the same"
    assert (kept["table_name"], kept["position"], kept["field"]) == ("daily_box_office", 0, None)
    assert kept["record_part"] == (answer.body.decode() if "encoded" not in reason else "")
    assert json.loads(kept["params"]) == {"targetDt": "20240102"}
    calls = {call["params"]: (call["records"], call["rejected"]) for call in batch.rows["api_call"]}
    assert (len(calls), calls[kept["params"]]) == (4, (0, 1))
    found = findings(batch)
    assert (found.requests, found.incomplete, found.unsent, found.values) == (4, 1, 0, 0)
    assert found.share == 0.25
    assert "20240102" in found.examples[0]


def test_a_reply_that_drips_costs_itself_alone(server, settings):
    server.answer_to = _bad_for("20240102", answer=Response("{", headers={"Content-Length": "100"}))
    batch = _box_office(settings, 3)
    assert {row["target_date"].day for row in batch.rows["daily_box_office"]} == {1, 3}
    assert "no answer" in batch.rows["rejected_record"][0]["reason"]


def test_a_film_with_the_answer_to_another_question_is_kept_as_rejected(server, settings):
    server.answer_to = _bad_for("20240003", answer=Response(film(movieCd="20249999", **SCALARS, **LISTS)))
    batch = _movies(settings, "20240002", "20240003", "20240004")
    assert {row["movie_cd"] for row in batch.rows["movie"]} == {"20240002", "20240004"}
    (kept,) = batch.rows["rejected_record"]
    assert kept["reason"] == "the reply answers another request: movieCd 20249999"
    assert "20249999" in kept["record_part"]


def test_what_cannot_be_read_and_what_was_read_add_up(server, settings):
    rows = [{**ROW, "salesShare": "NaN"}, {**ROW, "movieCd": "2", "audiCnt": "?"}]
    server.answer_to = _bad_for("20240102", answer=Response(box_office(*rows, day="20240102~20240102")))
    found = combined([findings(_box_office(settings, 2)), findings(_movies(settings, "1"))])
    assert (found.requests, found.incomplete, found.values) == (3, 1, 1)
    assert [text.partition(": ")[2] for text in found.examples] == [
        "salesShare is not a decimal number",
        "audiCnt is not a whole number",
    ]
    assert not found.is_complete


def test_an_api_that_answers_nothing_is_left_alone(server, settings):
    server.answer = lambda: Response("<html>")
    with pytest.raises(errors.Unavailable, match="not JSON.*Remedy"):
        _box_office(settings, 300)
    assert len(server.asked) <= (FAILED_IN_A_ROW + settings.concurrency) * settings.attempts
    server.asked.clear()
    batch = _movies(settings, *map(str, range(300)))
    assert isinstance(batch.stopped, errors.Unavailable)
    assert len(server.asked) <= (FAILED_IN_A_ROW + settings.concurrency) * settings.attempts
    found = findings(batch)
    assert found.unsent == 300 - len(batch.rows["api_call"]) > 250
    assert found.share == 1


def test_an_api_that_goes_down_midway_costs_what_was_not_read(server, settings):
    days = [f"2024{month:02d}{day:02d}" for month in (1, 2) for day in range(1, 32)]
    server.answer_to = _bad_for(*days[10:], answer=Response("<html>"))
    batch = _box_office(settings, 60)
    assert {row["target_date"].day for row in batch.rows["daily_box_office"]} == set(range(1, 11))
    assert isinstance(batch.stopped, errors.Unavailable)
    found = findings(batch)
    assert found.incomplete + found.unsent == 50


def test_bad_replies_here_and_there_stop_nothing(server, settings):
    days = [f"202401{day:02d}" for day in range(1, 32)]
    server.answer_to = _bad_for(*days[::2], answer=Response("<html>"))
    batch = _box_office(replace(settings, concurrency=1), 31)
    assert (len(batch.rows["daily_box_office"]), batch.stopped) == (15, None)


@pytest.mark.parametrize(("fault", "error"), [(KEY_FAULT, errors.InvalidKey), (QUOTA_FAULT, errors.QuotaSpent)])
def test_films_never_raise_and_those_that_were_read_are_kept(server, settings, fault, error):
    server.answer_to = _bad_for("5", answer=Response(fault))
    batch = _movies(replace(settings, concurrency=1), *map(str, range(300)))
    assert isinstance(batch.stopped, error)
    assert {row["movie_cd"] for row in batch.rows["movie"]} == set("01234")
    assert len(server.asked) == 6
    assert findings(batch).unsent == 295


def test_films_without_a_network_never_raise(server, settings):
    nowhere = replace(settings, base_url="http://127.0.0.1:9")
    batch = _movies(nowhere, "1", "2")
    assert isinstance(batch.stopped, errors.Unreachable)
    with pytest.raises(errors.Unreachable, match="refuses connections"):
        _box_office(nowhere, 40)


def test_the_other_kind_of_trouble_is_read_as_it_was(server, settings):
    server.answer_to = lambda request: Response(box_office({**ROW, "movieNm": "서울의 봄"}).replace(b" ", b"\t\r\n"))
    batch = _box_office(settings, 1)
    assert batch.rows["daily_box_office"][0]["movie_nm"] == "서울의 봄"
    assert batch.rows["rejected_record"] == []
    assert _with(settings, lambda client: client.get(DAILY_BOX_OFFICE, {"targetDt": "20240101"})).attempts == 1
