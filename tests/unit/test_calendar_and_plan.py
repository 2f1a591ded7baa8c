"""Which days are asked for, and which ranges are refused before any call."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.kofic.calendar import FIRST_DAY, SEOUL, DayRange, parse_day, seoul_date, validated, yesterday
from include.kofic.errors import BadSetting, ForeignObject
from include.kofic.lake import LakeObject, captured_on, object_key
from include.kofic.tables import MOVIE
from include.pipeline.plan import CHUNK_DAYS, Trigger, chunk_from, chunks, days_of_run

NOW = datetime(2024, 7, 1, 10, 30, tzinfo=SEOUL)


@pytest.mark.parametrize(
    ("first", "last", "says"),
    [
        (date(2024, 6, 2), date(2024, 6, 1), "reversed"),
        (date(2003, 11, 10), date(2024, 6, 1), "2003-11-11"),
        (date(2024, 6, 1), date(2024, 7, 1), "newest available day is 2024-06-30"),
    ],
)
def test_a_range_that_cannot_be_asked_for_is_refused_with_what_to_do(first, last, says):
    with pytest.raises(BadSetting, match=says) as refused:
        validated(first, last, NOW)
    assert "Remedy" in str(refused.value)


def test_yesterday_is_seouls_even_when_utc_is_a_day_behind():
    assert yesterday(datetime(2024, 6, 30, 15, 1, tzinfo=UTC)) == date(2024, 6, 30)
    assert yesterday(datetime(2024, 6, 30, 14, 59, tzinfo=UTC)) == date(2024, 6, 29)


@given(st.datetimes(datetime(2003, 11, 11), datetime(2100, 1, 1), timezones=st.just(UTC)))
def test_no_object_is_older_than_the_moment_that_its_key_tells(planned_at):
    (piece,) = chunks(DayRange(date(2024, 6, 30), date(2024, 6, 30)), ("ALL",), "run/captured_on=1999-01-01/x", planned_at)
    key = object_key(MOVIE, date.fromisoformat(piece["captured_on"]), piece["name"])
    assert str(captured_on(key)) == piece["captured_on"]
    assert timedelta(0) <= planned_at - LakeObject(key, 0, 0).captured_from < timedelta(days=1)


@pytest.mark.parametrize(
    "key", ["raw/movie/a.parquet", "raw/movie/captured_on=/a.parquet", "raw/movie/captured_on=2024-02-30/a", ""]
)
def test_a_key_without_a_day_is_no_object_of_the_lake(key):
    with pytest.raises(ForeignObject, match="captured_on=YYYY-MM-DD.*Remedy"):
        captured_on(key)


def test_a_moment_without_zone_has_no_date_in_seoul():
    with pytest.raises(ValueError, match="time zone"):
        seoul_date(datetime(2024, 6, 30))


def test_a_day_that_is_none_is_refused():
    with pytest.raises(BadSetting, match="YYYY-MM-DD"):
        parse_day("30/06/2024")


MORNING = datetime(2024, 7, 1, 10, 30, tzinfo=SEOUL)


@pytest.mark.parametrize(
    ("trigger", "dates", "days"),
    [
        (Trigger.SCHEDULE, (None, None), "2024-06-24..2024-06-30"),
        (Trigger.BACKFILL, (None, None), "2024-06-30..2024-06-30"),
        (Trigger.MANUAL, (None, None), "2024-06-24..2024-06-30"),
        (Trigger.MANUAL, ("2024-01-01", "2024-03-31"), "2024-01-01..2024-03-31"),
    ],
)
def test_the_days_of_a_run(trigger, dates, days):
    assert str(days_of_run(trigger, MORNING, *dates, NOW)) == days


def test_a_late_retry_of_a_scheduled_run_still_covers_its_own_days():
    assert days_of_run(Trigger.SCHEDULE, MORNING, None, None, NOW + timedelta(days=40)).last == date(2024, 6, 30)


def test_the_first_days_of_the_series_have_no_days_before_them():
    early = datetime(2003, 11, 13, 10, 30, tzinfo=SEOUL)
    assert days_of_run(Trigger.SCHEDULE, early, None, None, NOW) == DayRange(FIRST_DAY, date(2003, 11, 12))


def test_half_a_wish_is_refused():
    with pytest.raises(BadSetting, match="only one"):
        days_of_run(Trigger.MANUAL, None, "2024-01-01", None, NOW)


@given(st.dates(FIRST_DAY, date(2030, 1, 1)), st.integers(0, 2000))
def test_pieces_cover_every_day_once_and_never_grow(first, length):
    days = DayRange(first, first + timedelta(days=length))
    pieces = [chunk_from(piece) for piece in chunks(days, ("ALL", "K"), "manual__2024", NOW)]
    assert [day for piece in pieces for day in piece.days] == list(days)
    assert all(len(piece.days) <= CHUNK_DAYS for piece in pieces)
    assert len({piece.name for piece in pieces}) == len(pieces)


def test_a_run_planned_anew_is_a_capture_of_its_own_and_a_retry_is_not():
    days = DayRange(date(2024, 6, 30), date(2024, 6, 30))
    once = chunks(days, ("ALL",), "scheduled__2024-06-30T01:30:00+00:00", NOW)
    assert once == chunks(days, ("ALL",), "scheduled__2024-06-30T01:30:00+00:00", NOW)
    again = chunks(days, ("ALL",), "scheduled__2024-06-30T01:30:00+00:00", NOW + timedelta(hours=1))
    assert once[0]["name"] != again[0]["name"]
    assert set(once[0]["name"]) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-")
