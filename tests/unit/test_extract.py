"""How replies become rows: everything is kept, as a row or as a rejected record."""

import copy
import json
import logging
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.kofic import client as api
from include.kofic.batch import box_office_batch, movie_batch
from include.kofic.errors import BadSetting, InvalidKey, QuotaSpent, RejectedReply, Unavailable
from include.kofic.filters import FilterSet
from include.kofic.master_data import UNREADABLE_LOOKBACK_DAYS, films_due
from include.kofic.parse import add_daily_reply, add_movie_reply
from include.kofic.replies import DAILY_BOX_OFFICE, MOVIE_INFO, Reply, unwrap
from include.kofic.tables import MOVIE_LISTS, snake_case
from tests.answering import box_office, film

AT = datetime(2024, 7, 1, 1, 30, tzinfo=UTC)
DAY = date(2024, 6, 30)
ALL = FilterSet.parse("ALL")

ROW = {
    "rnum": "1",
    "rank": "1",
    "rankInten": "0",
    "rankOldAndNew": "OLD",
    "movieCd": "2023C685",
    "movieNm": " 지어낸 영화 ",
    "openDt": " ",
    "salesAmt": "2893509165",
    "salesShare": "40.2",
    "salesInten": "-686119312",
    "salesChange": "-19.2",
    "salesAcc": "36926118105",
    "audiCnt": "290717",
    "audiInten": "-59184",
    "audiChange": "-16.9",
    "audiAcc": "3728850",
    "scrnCnt": "1706",
    "showCnt": "5793",
}


def _reply(endpoint, answer, **params):
    return Reply(endpoint, MappingProxyType(params), answer, AT, 1, 12)


def _daily(*rows):
    batch = box_office_batch()
    add_daily_reply(batch, _reply(DAILY_BOX_OFFICE, list(rows), targetDt="20240630"), DAY, ALL)
    return batch.rows


def test_a_row_keeps_every_field_typed():
    (row,) = _daily(ROW)["daily_box_office"]
    assert row["movie_cd"] == "2023C685"
    assert row["movie_nm"] == "지어낸 영화"
    assert row["open_dt"] is None
    assert (row["sales_acc"], row["target_date"], row["wide_area_cd"]) == (36_926_118_105, DAY, "ALL")
    assert len(row) == len(ROW) + 4 + 1, "the API's fields, the day, three filters, the moment"


@given(st.sampled_from(["rank", "movieCd", "salesAmt", "audiCnt"]), st.sampled_from(["missing", "-", None, {"a": 1}]))
def test_a_record_without_what_it_is_about_is_kept_verbatim_and_its_neighbours_go_on(field, harm):
    broken = _harmed(ROW, field, harm)
    rows = _daily({**ROW, "movieCd": "1"}, broken, {**ROW, "movieCd": "3"})
    assert [row["movie_cd"] for row in rows["daily_box_office"]] == ["1", "3"]
    (rejected,), (call,) = rows["rejected_record"], rows["api_call"]
    assert json.loads(rejected["record_part"]) == broken
    assert field in rejected["reason"]
    assert (rejected["position"], rejected["field"], call["records"], call["rejected"]) == (2, None, 3, 1)


NUMBERS = sorted(set(ROW) - {"rank", "movieCd", "salesAmt", "audiCnt", "movieNm", "openDt", "rankOldAndNew"})


@given(st.sampled_from(NUMBERS), st.sampled_from(["missing", "NaN", "", None, {"a": 1}, "9" * 5_000, "&#" + "9" * 5_000]))
def test_any_other_field_that_cannot_be_read_is_null_and_its_row_stays(field, harm):
    rows = _daily({**ROW, "movieCd": "1"}, _harmed(ROW, field, harm))
    sound, harmed = rows["daily_box_office"]
    name = snake_case(field)
    assert harmed == {**sound, "movie_cd": ROW["movieCd"], name: None}
    (rejected,), (call,) = rows["rejected_record"], rows["api_call"]
    value = "".join(row["record_part"] for row in rows["rejected_record"])
    assert json.loads(value) == (None if harm == "missing" else harm)
    assert (rejected["table_name"], rejected["position"], rejected["field"]) == ("daily_box_office", 2, field)
    assert rejected["reason"].startswith(f"{field} ")
    assert (call["records"], call["rejected"]) == (2, 0)


def _harmed(row, field, harm):
    return {name: value for name, value in row.items() if name != field} if harm == "missing" else {**row, field: harm}


def test_a_record_of_any_size_is_kept_whole():
    broken = {**ROW, "audiCnt": "x", "note": "가" * 100_000}
    parts = _daily(broken)["rejected_record"]
    assert [part["part"] for part in parts] == list(range(1, len(parts) + 1))
    assert all(len(part["record_part"].encode()) <= 65_535 for part in parts)
    assert json.loads("".join(part["record_part"] for part in parts)) == broken


def test_an_unknown_field_is_told_once_and_its_row_goes_on(caplog):
    with caplog.at_level(logging.WARNING):
        rows = _daily({**ROW, "brandNew1": "x"}, {**ROW, "movieCd": "2", "brandNew1": "y"})
        _daily({**ROW, "brandNew1": "z"})
    assert len(rows["daily_box_office"]) == 2
    assert sum("brandNew1" in record.getMessage() for record in caplog.records) == 1


def _films(fixtures, name):
    return unwrap(MOVIE_INFO, (fixtures / name).read_bytes())


def test_every_saved_film_is_read_without_loss(fixtures):
    files = sorted(fixtures.glob("searchMovieInfo__*.json"))
    assert len(files) >= 15
    for file in files:
        info = _films(fixtures, file.name)
        batch = movie_batch()
        add_movie_reply(batch, _reply(MOVIE_INFO, info, movieCd=info["movieCd"]), info["movieCd"])
        assert batch.rows["rejected_record"] == [], file.name
        assert batch.rows["movie"][0]["known_to_api"] is True
        counts = {str(table.source_list): len(batch.rows[table.name]) for table in MOVIE_LISTS}
        assert counts == {name: len(info[name]) for name in counts}, file.name
        for table in batch.tables:
            assert batch.table(table, "s3://b/o").num_rows == len(batch.rows[table.name])


def test_a_film_that_the_api_does_not_know_is_recorded_as_such():
    for answer in ({}, {"movieCd": "", "movieNm": "", "genres": []}):
        batch = movie_batch()
        add_movie_reply(batch, _reply(MOVIE_INFO, answer, movieCd="20240001"), "20240001")
        (film,) = batch.rows["movie"]
        assert (film["movie_cd"], film["known_to_api"], film["movie_nm"]) == ("20240001", False, None)
        assert batch.rows["rejected_record"] == []


def test_a_film_without_one_of_its_lists_is_told_and_keeps_the_others(fixtures):
    info = copy.deepcopy(_films(fixtures, "searchMovieInfo__audits_2.json"))
    del info["actors"]
    batch = movie_batch()
    add_movie_reply(batch, _reply(MOVIE_INFO, info, movieCd=info["movieCd"]), info["movieCd"])
    assert len(batch.rows["movie_company"]) == len(info["companys"])
    assert [row["table_name"] for row in batch.rows["rejected_record"]] == ["movie_actor"]


@pytest.mark.parametrize(
    ("field", "value"), [("openDt", "20240230"), ("openDt", "2024"), ("showTm", "98분"), ("prdtYear", "2024-2025")]
)
def test_a_film_with_a_field_that_cannot_be_read_keeps_all_the_others(fixtures, field, value):
    info = _films(fixtures, "searchMovieInfo__audits_2.json")
    batch = movie_batch()
    add_movie_reply(batch, _reply(MOVIE_INFO, {**info, field: value}, movieCd=info["movieCd"]), info["movieCd"])
    (film,), (rejected,) = batch.rows["movie"], batch.rows["rejected_record"]
    assert (film["known_to_api"], film["movie_nm"], film[snake_case(field)]) == (True, info["movieNm"], None)
    assert all(len(batch.rows[table.name]) == len(info[table.source_list]) for table in MOVIE_LISTS)
    assert (rejected["table_name"], rejected["field"], json.loads(rejected["record_part"])) == ("movie", field, value)
    assert films_due([info["movieCd"]], {info["movieCd"]: AT}, AT + timedelta(days=1)) == (), "it was answered for"


def test_every_recorded_reply_is_read_without_loss(recorded):
    calls = rows = 0
    batch = box_office_batch()
    for call in recorded:
        if call["endpoint"] == DAILY_BOX_OFFICE:
            answer = unwrap(DAILY_BOX_OFFICE, json.dumps(call["body"]).encode(), call["params"])
            filters = FilterSet({name: value for name, value in call["params"].items() if name != "targetDt"})
            add_daily_reply(batch, _reply(DAILY_BOX_OFFICE, answer, **call["params"]), DAY, filters)
            calls, rows = calls + 1, rows + len(answer)
    assert (calls, rows) == (182 * 5, 182 * 5 * 10)
    assert len(batch.rows["daily_box_office"]) == rows
    assert batch.rows["rejected_record"] == []


def test_every_recorded_film_answers_its_question(recorded):
    films = [call for call in recorded if call["endpoint"] == MOVIE_INFO]
    assert len(films) == 260
    for call in films:
        info = unwrap(MOVIE_INFO, json.dumps(call["body"]).encode(), call["params"])
        assert info["movieCd"] == call["params"]["movieCd"]


@pytest.mark.parametrize(
    ("text", "params"),
    [
        ("ALL", {}),
        ("K", {"repNationCd": "K"}),
        ("Y", {"multiMovieYn": "Y"}),
        ("0105001", {"wideAreaCd": "0105001"}),
        ("F+N+0105016", {"repNationCd": "F", "multiMovieYn": "N", "wideAreaCd": "0105016"}),
    ],
)
def test_filter_sets(text, params):
    assert dict(FilterSet.parse(text).params) == params


@pytest.mark.parametrize("text", ["", "k", "KF", "K+F", "Y+N", "0105017", "0105000", "K+", "서울"])
def test_a_filter_that_the_api_would_drop_in_silence_is_refused(text):
    with pytest.raises(BadSetting, match="Remedy"):
        FilterSet.parse(text)


@pytest.mark.parametrize(
    ("file", "error", "remedy"),
    [
        ("fault__320010_invalid_key.json", InvalidKey, "password"),
        ("fault__320011_quota_exceeded.json", QuotaSpent, "midnight"),
        ("fault__320102_missing_targetDt.json", RejectedReply, "date is missing"),
        ("fault__320103_bad_targetDt.json", RejectedReply, "date is malformed"),
    ],
)
def test_faults_that_arrive_as_http_200(fixtures, file, error, remedy):
    with pytest.raises(error, match=f"Remedy: .*{remedy}"):
        unwrap(DAILY_BOX_OFFICE, (fixtures / file).read_bytes())


def test_a_fault_with_an_unknown_code_is_a_fault_of_the_request():
    with pytest.raises(RejectedReply, match="fault 320199.*filter sets"):
        unwrap(DAILY_BOX_OFFICE, b'{"faultInfo": {"message": "?", "errorCode": "320199"}}')


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"boxOfficeResult": {"dailyBox', b"[]", b"null"])
def test_a_body_that_is_no_object_may_pass(body):
    with pytest.raises(Unavailable):
        unwrap(DAILY_BOX_OFFICE, body)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"boxOfficeResult": None},
        {"boxOfficeResult": {}},
        {"boxOfficeResult": {"dailyBoxOfficeList": None}},
        {"boxOfficeResult": {"weeklyBoxOfficeList": []}},
        {"movieInfoResult": {"movieInfo": {}}},
    ],
)
def test_a_reply_without_its_wrapper_is_never_an_empty_day(body):
    with pytest.raises(RejectedReply, match="not an empty answer|is no list"):
        unwrap(DAILY_BOX_OFFICE, json.dumps(body).encode())


def test_an_empty_day_is_an_empty_list():
    assert unwrap(DAILY_BOX_OFFICE, b'{"boxOfficeResult": {"dailyBoxOfficeList": []}}') == []


@pytest.mark.parametrize("held", ["서울의\t봄", "서울의 \r\n 봄", "\x1b서울의\u2028\t\x00봄\n"])
def test_a_raw_control_character_inside_a_string_is_read_and_white_space_folded(held):
    body = '{"boxOfficeResult": {"dailyBoxOfficeList": [{"movieNm": "%s"}]}}' % held  # noqa: UP031
    ((row),) = unwrap(DAILY_BOX_OFFICE, body.encode())
    (kept,) = _daily({**ROW, **row})["daily_box_office"]
    assert kept["movie_nm"] == "서울의 봄"


@pytest.mark.parametrize("shown", ["20231231~20231231", "20240101~20240107", "2023.12.31 ~ 2023.12.31", "20231231"])
def test_the_figures_of_another_day_are_refused(shown):
    body = box_office(ROW, day=shown)
    with pytest.raises(RejectedReply, match="another request.*Remedy"):
        unwrap(DAILY_BOX_OFFICE, body, {"targetDt": "20240101"})


@pytest.mark.parametrize("shown", ["20240101~20240101", "2024-01-01 ~ 2024-01-01", "", "?"])
def test_the_figures_of_the_day_itself_are_read_however_it_is_written(shown):
    assert unwrap(DAILY_BOX_OFFICE, box_office(ROW, day=shown), {"targetDt": "20240101"}) == [ROW]


def test_another_film_is_refused_and_the_film_itself_is_not():
    body = film(movieCd="20249999")
    assert unwrap(MOVIE_INFO, body, {"movieCd": "20249999"}) == {"movieCd": "20249999"}
    with pytest.raises(RejectedReply, match="movieCd 20249999.*Remedy"):
        unwrap(MOVIE_INFO, body, {"movieCd": "20240003"})


@pytest.mark.parametrize(
    "body",
    [
        '<?xml version="1.0"?><faultInfo><message>키</message><errorCode>320010</errorCode></faultInfo>',
        '\ufeff <faultResult>\n<errorCode lang="ko"> <![CDATA[320010]]></errorCode><message>x]]>',
        '{"faultResult": {"faultInfo": {"message": "키", "errorCode": "320010"}}}',
        '{"faultResult": {"message": "키", "errorCode": 320010}}',
        '{"boxOfficeResult": {"faultInfo": {"message": "키", "errorCode": "320010"}}}',
    ],
)
def test_a_fault_is_found_in_whatever_it_is_wrapped_in(body):
    with pytest.raises(InvalidKey, match="connection `kofic`"):
        unwrap(DAILY_BOX_OFFICE, body.encode())


def test_films_are_asked_for_when_missing_or_old():
    held = {"old": AT - timedelta(days=30), "fresh": AT - timedelta(days=29, hours=23)}
    assert films_due(["new", "old", "fresh", "new"], held, AT) == ("new", "old")


def test_a_film_whose_replies_cannot_be_read_is_asked_for_after_pauses_that_grow():
    asked, days = [], []
    for day in range(125):
        now = AT + timedelta(days=day, minutes=-day % 3)
        recent = [moment for moment in asked if moment > now - timedelta(days=UNREADABLE_LOOKBACK_DAYS)]
        if films_due(["odd"], {}, now, {"odd": recent}):
            asked.append(now)
            days.append(day)
    assert days == [0, 1, 3, 7, 15, 31, 61, 91, 121]


def test_a_film_that_was_read_at_last_is_asked_for_as_any_other():
    odd = {"odd": [AT - timedelta(days=50), AT - timedelta(days=40)]}
    assert films_due(["odd"], {"odd": AT - timedelta(days=39)}, AT, odd) == ("odd",)
    assert films_due(["odd"], {"odd": AT - timedelta(days=3)}, AT, odd) == ()


def test_no_error_shows_the_key():
    with pytest.raises(BadSetting):
        api.ClientSettings(key=api.Secret(""))
    assert "hidden" not in repr(api.ClientSettings(key=api.Secret("hidden")))
