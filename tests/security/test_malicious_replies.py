"""A server that means harm, over real HTTP: every reply is refused in bounded memory and time, and the key stays here."""

import asyncio
import gzip
import json
import logging
import tracemalloc
import zlib
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from starlette.responses import RedirectResponse, Response, StreamingResponse

from include.kofic import errors
from include.kofic.batch import box_office_batch
from include.kofic.client import ClientSettings, KoficClient
from include.kofic.extract import collect_movies
from include.kofic.filters import FilterSet
from include.kofic.parse import add_daily_reply
from include.kofic.replies import DAILY_BOX_OFFICE, KEPT_BYTES, MOVIE_INFO, Reply, unwrap
from include.kofic.secret import Secret
from tests.answering import answering
from tests.answering import box_office as _list

KEY = "0123456789abcdef0123456789abcdef"
MB = 1_000_000


@pytest.fixture
def server():
    with answering() as server:
        yield server


@pytest.fixture
def settings(server):
    return ClientSettings(Secret(KEY), server.url, calls_per_second=500, longest_pause=0.1, attempts=2)


def _ask(settings, endpoint=DAILY_BOX_OFFICE, params=None):
    async def ask():
        async with KoficClient(settings) as client:
            return await client.get(endpoint, params or {"targetDt": "20240101"})

    return asyncio.run(ask())


def _refused_once(server, settings, says):
    with pytest.raises(errors.RejectedReply, match=f"{says}.*Remedy") as refused:
        _ask(settings)
    assert len(server.asked) == 1, "no second call is spent on it"
    assert KEY not in str(refused.value)


def _peak_while(work):
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def _packed(encoding, body):
    return lambda: Response(body, headers={"Content-Encoding": encoding})


def test_a_body_of_10_mb_is_refused_before_it_is_read_to_its_end(server, settings):
    sent = 0

    async def pieces():
        nonlocal sent
        for _ in range(160):
            sent += 65_536
            yield b" " * 65_536

    server.answer = lambda: StreamingResponse(pieces())
    assert _peak_while(lambda: _refused_once(server, settings, "larger than")) < 30 * MB
    assert sent <= 10 * MB + 500_000


def test_the_limit_is_exact(server, settings):
    body = _list()
    server.answer = lambda: Response(body)
    assert _ask(replace(settings, max_bytes=len(body))).answer == []
    with pytest.raises(errors.RejectedReply, match="larger than"):
        _ask(replace(settings, max_bytes=len(body) - 1))


def test_a_zip_bomb_is_refused_without_being_unpacked(server, settings):
    """1 GB of blanks in 1 MB: httpx would unpack 64 MB of each piece before anybody could measure it."""
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join([*(packer.compress(b" " * MB) for _ in range(1000)), packer.flush()])
    assert len(bomb) < 1.1 * MB
    server.answer = _packed("gzip", bomb)
    assert _peak_while(lambda: _refused_once(server, settings, "larger than")) < 30 * MB


def test_an_honest_gzip_reply_is_read(server, settings):
    server.answer = _packed("gzip", gzip.compress(_list({"movieNm": "서울의 봄"})))
    assert _ask(settings).answer == [{"movieNm": "서울의 봄"}]


@pytest.mark.parametrize("harm", [b"no gzip at all", gzip.compress(_list())[:-20]], ids=["none", "cut"])
def test_a_broken_gzip_reply_is_asked_for_again(server, settings, harm):
    server.answer = _packed("gzip", harm)
    with pytest.raises(errors.Unavailable, match="(not the gzip|not JSON).*Remedy"):
        _ask(settings)
    assert len(server.asked) == settings.attempts


@pytest.mark.parametrize("encoding", ["gzip, gzip", "br", "zstd", "deflate", "x\u00e9" * 500])
def test_a_packing_that_was_not_asked_for_is_refused(server, settings, encoding):
    server.answer = _packed(encoding, _list())
    _refused_once(server, settings, "not asked for")
    assert server.asked[0].headers["accept-encoding"] == "gzip"


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 4 * MB,
        b'{"a":' * 500_000,
        _list(json.loads("[" * 200 + "]" * 200)),
        b'{"boxOfficeResult":{"dailyBoxOfficeList":' + b"[" * 900 + b"]" * 900 + b"}}",
    ],
)
def test_deep_nesting_is_refused(server, settings, body):
    server.answer = lambda: Response(body)
    _refused_once(server, settings, "nested deeper")


def test_every_recorded_reply_is_far_from_the_depth_limit(recorded):
    def depth(value):
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
        return 0 if inner is None else 1 + max(map(depth, inner), default=0)

    assert max(depth(call["body"]) for call in recorded) <= 5


def test_a_redirect_to_another_host_is_not_followed(server, settings):
    with answering() as elsewhere:
        for status in (301, 302, 303, 307, 308):
            server.asked.clear()
            server.answer = lambda status=status: RedirectResponse(f"{elsewhere.url}/steal", status_code=status)
            with pytest.raises(errors.Unavailable, match="a redirect.*Remedy") as refused:
                _ask(settings)
            assert KEY not in str(refused.value)
            assert len(server.asked) == settings.attempts, "it may be a notice of maintenance"
    assert elsewhere.asked == []


def test_a_reply_that_drips_is_given_up(server, settings):
    """Each piece comes in time, and the whole would be no JSON after a minute: it is not waited for."""

    async def drip():
        for _ in range(600):
            yield b" "
            await asyncio.sleep(0.1)

    server.answer = lambda: StreamingResponse(drip())
    with pytest.raises(errors.Unavailable, match="no answer.*Remedy"):
        _ask(replace(settings, reply_timeout=0.5, attempts=1))


@pytest.mark.parametrize("digits", [b"9" * 5_000, b"1e999999", b"NaN"])
def test_a_number_of_any_size_breaks_nothing(server, settings, digits):
    server.answer = lambda: Response(b'{"boxOfficeResult":{"dailyBoxOfficeList":[{"audiCnt":' + digits + b"}]}}")
    try:
        reply = _ask(replace(settings, attempts=1))
    except errors.Unavailable:
        return
    batch = box_office_batch()
    add_daily_reply(batch, reply, date(2024, 1, 1), FilterSet.parse("ALL"))
    assert len(batch.rows["rejected_record"]) == 1


def test_a_fault_that_echoes_the_key_and_forges_log_lines_does_neither(server, settings, caplog):
    message = f"wrong key {KEY}\n2024-01-01 CRITICAL forged line\x1b[2J" + "x" * 100_000
    server.answer = lambda: Response(json.dumps({"faultInfo": {"errorCode": "320010", "message": message}}))
    with caplog.at_level(logging.DEBUG), pytest.raises(errors.InvalidKey, match="Remedy") as refused:
        _ask(settings)
    shown = str(refused.value) + caplog.text
    assert KEY not in shown
    assert "\n" not in str(refused.value)
    assert "\x1b" not in str(refused.value)
    assert len(str(refused.value)) < 500


def test_a_record_that_echoes_the_key_is_kept_without_it(server, settings):
    server.answer = lambda: Response(_list({"movieNm": f"https://elsewhere/?key={KEY}"}))
    assert KEY not in repr(_ask(settings))


def test_a_title_that_no_encoding_can_write_is_kept_as_rejected_and_its_film_goes_on(server, settings):
    """Half a surrogate pair is valid JSON, and neither Parquet nor PostgreSQL can hold it."""
    film = {"movieInfoResult": {"movieInfo": {"movieCd": "1", "movieNm": "half \ud83d pair", "\udfff": "x\x00\n" * 3}}}
    server.answer = lambda: Response(json.dumps(film))

    async def collect():
        async with KoficClient(settings) as client:
            return await collect_movies(client, ["1"])

    batch = asyncio.run(collect())
    for table in batch.tables:
        batch.table(table, "s3://b/k")
    (row,) = batch.rows["movie"]
    assert (row["movie_cd"], row["movie_nm"]) == ("1", None)
    (rejected,) = [row for row in batch.rows["rejected_record"] if row["field"] == "movieNm"]
    assert json.loads(rejected["record_part"]) == "half \ud83d pair", "verbatim, as escapes"


def test_a_page_that_echoes_the_key_is_kept_in_bounds_and_without_it(server, settings):
    """The beginning of what cannot be read is kept; NUL is in no text of PostgreSQL, and a key at the cut is no half key."""
    page = b"<html>\x00\xff" + b"x" * (KEPT_BYTES - 9) + KEY.encode() * 2
    server.answer = lambda: Response(page, media_type="text/html")

    async def collect():
        async with KoficClient(settings) as client:
            return await collect_movies(client, ["1"])

    batch = asyncio.run(collect())
    for table in batch.tables:
        batch.table(table, "s3://b/k")
    kept = batch.rows["rejected_record"]
    text = "".join(row["record_part"] for row in kept)
    assert text.startswith("<html>\\x00\\xffxxx")
    assert text.endswith("x*")
    assert KEY[1:3] not in text
    assert all(len(row["record_part"].encode()) <= 65_535 for row in kept)
    assert {(row["table_name"], row["position"], row["field"], row["reason"]) for row in kept} == {
        ("movie", 0, None, "the body is not JSON")
    }


def test_new_fields_without_number_do_not_flood_the_log(caplog):
    row = {f"field{n}\n": "x" * 10 for n in range(5_000)}
    known = unwrap(DAILY_BOX_OFFICE, _list({**_A_ROW, **row}))
    with caplog.at_level(logging.WARNING):
        batch = box_office_batch()
        reply = Reply(DAILY_BOX_OFFICE, {}, known, datetime.now(UTC), 1, 1)
        add_daily_reply(batch, reply, date(2024, 1, 1), FilterSet.parse("ALL"))
    assert len(batch.rows["daily_box_office"]) == 1
    assert len(caplog.records) <= 20
    assert not any("\n" in record.getMessage() for record in caplog.records)


@pytest.mark.parametrize(
    "url", ["http://www.kobis.or.kr", "ftp://www.kobis.or.kr", "http://8.8.8.8", "www.kobis.or.kr", "file:///etc"]
)
def test_the_key_does_not_travel_unencrypted(url):
    with pytest.raises(errors.BadSetting, match="unencrypted.*Remedy"):
        ClientSettings(Secret(KEY), url)


@pytest.mark.parametrize("url", ["https://www.kobis.or.kr", "http://127.0.0.1:8090", "http://simulator:8090", "http://[::1]:1"])
def test_a_server_nearby_may_speak_plain_http(url):
    ClientSettings(Secret(KEY), url)


def test_a_parameter_cannot_leave_its_place_in_the_url(server, settings):
    server.answer = lambda: Response(json.dumps({"movieInfoResult": {"movieInfo": {}}}))
    _ask(settings, MOVIE_INFO, {"movieCd": "1&key=other#/../../admin?x=1\r\nHost: elsewhere"})
    (asked,) = server.asked
    assert asked.url.path.endswith("/movie/searchMovieInfo.json")
    assert asked.query_params.getlist("key") == [KEY]
    assert asked.headers["host"] != "elsewhere"


_A_ROW = {
    "rnum": "1",
    "rank": "1",
    "rankInten": "0",
    "rankOldAndNew": "OLD",
    "movieCd": "20236180",
    "movieNm": "노량",
    "openDt": "2023-12-20",
    "salesAmt": "1",
    "salesShare": "1.0",
    "salesInten": "1",
    "salesChange": "1",
    "salesAcc": "1",
    "audiCnt": "1",
    "audiInten": "1",
    "audiChange": "1",
    "audiAcc": "1",
    "scrnCnt": "1",
    "showCnt": "1",
}
