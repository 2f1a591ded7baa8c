"""The client against the simulator, over real HTTP: transient errors are retried, permanent ones are not, the key never shows."""

import asyncio
import json
import logging
import time
from dataclasses import replace
from datetime import date

import pytest

from include.kofic import errors
from include.kofic.calendar import DayRange
from include.kofic.client import ClientSettings, KoficClient
from include.kofic.extract import collect_box_office, collect_movies
from include.kofic.filters import FilterSet
from include.kofic.replies import DAILY_BOX_OFFICE, MOVIE_INFO
from include.kofic.secret import Secret

DAY = {"targetDt": "20240101"}


@pytest.fixture
def settings(simulator):
    return ClientSettings(
        Secret(simulator.key), simulator.url, calls_per_second=500, read_timeout=2, longest_pause=0.2, attempts=4
    )


def _ask(settings, endpoint=DAILY_BOX_OFFICE, params=DAY):
    async def ask():
        async with KoficClient(settings) as client:
            return await client.get(endpoint, params)

    return asyncio.run(ask())


@pytest.mark.parametrize("fault", ["timeout", "503", "429", "403", "redirect", "truncate", "html"])
def test_a_transient_error_is_retried_until_it_is_gone(simulator, settings, fault):
    simulator.set("faults", next=[fault, fault])
    reply = _ask(replace(settings, read_timeout=0.5))
    assert (len(reply.answer), reply.attempts) == (10, 3)
    assert simulator.stats()["calls"] == 3


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ("timeout", "no answer .*try again"),
        ("503", "HTTP 503.*lower the rate"),
        ("429", "HTTP 429.*lower the rate"),
        ("403", "HTTP 403.*whether it blocks you"),
        ("redirect", "redirect .*maintenance"),
        ("truncate", "not JSON.*try again"),
        ("html", "not JSON.*try again"),
    ],
)
def test_a_transient_error_is_raised_with_a_remedy_after_the_last_try(simulator, settings, fault, says):
    simulator.set("faults", next=[fault] * 10)
    with pytest.raises(errors.Unavailable, match=says):
        _ask(replace(settings, read_timeout=0.5))
    assert simulator.stats()["calls"] == settings.attempts


@pytest.mark.parametrize(
    ("fault", "error", "says"),
    [
        ("unwrapped", errors.RejectedReply, "not an empty answer.*changed the API"),
        ("other_answer", errors.RejectedReply, "another request.*proxies and caches"),
        ("oversize", errors.RejectedReply, "larger than.*`max_bytes`"),
        ("xml_fault", errors.InvalidKey, "password of the Airflow connection"),
        ("wrapped_fault", errors.InvalidKey, "password of the Airflow connection"),
    ],
)
def test_a_permanent_error_is_not_retried(simulator, settings, fault, error, says):
    simulator.set("faults", next=[fault] * 10)
    with pytest.raises(error, match=says):
        _ask(settings)
    assert simulator.stats()["calls"] == 1


def test_a_refused_key_is_not_retried(simulator, settings):
    with pytest.raises(errors.InvalidKey, match="connection `kofic`") as refused:
        _ask(replace(settings, key=Secret("a-wrong-key")))
    assert "a-wrong-key" not in str(refused.value)
    assert simulator.stats()["refused_keys"] == 1


def test_a_spent_quota_is_not_retried(simulator, settings):
    simulator.set("quota", daily_calls=3000, used=3000)
    with pytest.raises(errors.QuotaSpent, match="midnight"):
        _ask(settings)
    assert simulator.stats()["calls"] == 1


@pytest.mark.parametrize("params", [{}, {"targetDt": "2024"}, {**DAY, "repNationCd": "AKF"}])
def test_a_bad_parameter_is_not_retried(simulator, settings, params):
    with pytest.raises(errors.RejectedReply, match="fault 3201.*Remedy"):
        _ask(settings, params=params)
    assert simulator.stats()["calls"] == 1


def test_no_server_at_all_is_an_error_with_a_remedy(settings):
    with pytest.raises(errors.Unreachable, match="refuses connections.*Remedy"):
        _ask(replace(settings, base_url="http://127.0.0.1:9", attempts=2))


def test_the_key_never_shows(simulator, settings, caplog):
    """httpx logs whole URLs at INFO, httpcore whole requests at DEBUG, and errors carry their request."""
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("httpcore").setLevel(logging.INFO)
        _ask(settings)
        simulator.set("faults", next=["503", "truncate"])
        _ask(settings)
        simulator.set("faults", next=["timeout"] * 9)
        with pytest.raises(errors.Unavailable, match="no answer") as failed:
            _ask(replace(settings, read_timeout=0.2, attempts=2))
    assert any("targetDt" in record.getMessage() for record in caplog.records), "httpx's own lines are among them"
    assert simulator.key not in caplog.text
    chain = [failed.value, failed.value.__cause__, failed.value.__context__]
    assert not any(simulator.key in repr(error) + repr(getattr(error, "__dict__", "")) for error in chain)
    assert simulator.key not in repr(settings)


def test_the_pace_and_the_number_under_way_are_bounded(simulator, settings):
    async def collect():
        async with KoficClient(replace(settings, calls_per_second=40, concurrency=3)) as client:
            return await collect_box_office(client, DayRange(date(2024, 1, 1), date(2024, 1, 20)), [FilterSet.parse("ALL")])

    simulator.set("faults", latency_seconds=0.2)
    asyncio.run(collect())
    assert simulator.stats()["max_concurrent"] == 3
    simulator.reset()
    started = time.monotonic()
    asyncio.run(collect())
    assert time.monotonic() - started >= 19 / 40, "20 calls at 40 a second have 19 pauses"


def test_a_day_is_collected_whole_even_when_every_fourth_call_fails(simulator, settings):
    simulator.set("faults", error_rate=0.1, truncate_rate=0.1, rate_limit_rate=0.05)
    filters = [FilterSet.parse(text) for text in ("ALL", "K", "F", "Y", "N", "0105001")]

    async def collect():
        async with KoficClient(replace(settings, attempts=12)) as client:
            return await collect_box_office(client, DayRange(date(2024, 1, 1), date(2024, 1, 10)), filters)

    rows = asyncio.run(collect()).rows
    keys = [
        (row["target_date"], row["rep_nation_cd"], row["multi_movie_yn"], row["wide_area_cd"], row["movie_cd"])
        for row in rows["daily_box_office"]
    ]
    assert len(keys) == len(set(keys))
    assert len({key[:4] for key in keys}) == 60
    assert len(rows["api_call"]) == 60
    assert simulator.stats()["calls"] > 60, "some were asked again"


def test_broken_records_over_the_wire_are_kept_and_the_rest_goes_on(simulator, settings):
    simulator.set("faults", next=["broken_record", "missing_field", "new_field"])

    async def collect():
        async with KoficClient(replace(settings, concurrency=1)) as client:
            return await collect_box_office(client, DayRange(date(2024, 1, 1), date(2024, 1, 3)), [FilterSet.parse("ALL")])

    rows = asyncio.run(collect()).rows
    assert len(rows["daily_box_office"]) == 28
    assert len(rows["rejected_record"]) == 2
    assert all("audiCnt" in row["reason"] for row in rows["rejected_record"])


def test_a_malformed_reply_costs_itself_alone(simulator, settings):
    simulator.set("faults", next=["unwrapped", "raw_control", "other_answer"])

    async def collect():
        async with KoficClient(replace(settings, concurrency=1)) as client:
            box_office = await collect_box_office(client, DayRange(date(2024, 1, 1), date(2024, 1, 4)), [FilterSet.parse("ALL")])
            codes = sorted({row["movie_cd"] for row in box_office.rows["daily_box_office"]})
            simulator.set("faults", next=["other_answer", "raw_control"])
            return box_office, codes, await collect_movies(client, codes)

    box_office, codes, films = asyncio.run(collect())
    assert len(box_office.rows["daily_box_office"]) == 20
    assert [json.loads(row["params"])["targetDt"] for row in box_office.rows["rejected_record"]] == ["20240101", "20240103"]
    assert [row["movie_cd"] for row in films.rows["movie"]] == codes[1:]
    assert [json.loads(row["params"])["movieCd"] for row in films.rows["rejected_record"]] == codes[:1]


def test_a_fault_among_good_replies_ends_the_collection(simulator, settings):
    simulator.set("quota", daily_calls=10, used=0)
    with pytest.raises(errors.QuotaSpent):
        asyncio.run(_half_a_year(settings))
    assert simulator.stats()["calls"] <= 10 + settings.concurrency


async def _half_a_year(settings):
    async with KoficClient(settings) as client:
        return await collect_box_office(client, DayRange(date(2024, 1, 1), date(2024, 6, 30)), [FilterSet.parse("ALL")])


def test_films_known_and_unknown_are_both_recorded(simulator, settings):
    known = _ask(settings).answer[0]["movieCd"]

    async def collect():
        async with KoficClient(settings) as client:
            return await collect_movies(client, [known, "99999999"])

    rows = asyncio.run(collect()).rows
    assert {row["movie_cd"]: row["known_to_api"] for row in rows["movie"]} == {known: True, "99999999": False}
    assert _ask(settings, MOVIE_INFO, {"movieCd": known}).answer["movieCd"] == known
