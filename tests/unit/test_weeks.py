"""KOFIC's own lists of weeks: when they are fetched, and that nothing of a reply is lost."""

import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.kofic.batch import weekly_batch
from include.kofic.calendar import FIRST_DAY, SEOUL, DayRange, part_of_week, weeks_of_run
from include.kofic.errors import RejectedReply
from include.kofic.filters import FilterSet
from include.kofic.parse import add_weekly_reply
from include.kofic.replies import WEEKLY_BOX_OFFICE, Reply, recorded, unwrap
from include.kofic.tables import snake_case
from include.kofic.weeks import WeeklyList, lists_due, over
from include.pipeline.plan import Trigger, days_of_run

AT = datetime(2024, 7, 1, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("file", "target", "week_gb", "days", "films"),
    [
        ("searchWeeklyBoxOfficeList__20120101_weekend.json", date(2012, 1, 1), "1", "2011-12-30..2012-01-01", 10),
        ("searchWeeklyBoxOfficeList__20210104_weekGb0.partial.json", date(2021, 1, 4), "0", "2021-01-04..2021-01-10", 2),
    ],
)
def test_every_saved_list_of_a_week_is_read_without_loss(fixtures, file, target, week_gb, days, films):
    body = (fixtures / file).read_bytes()
    asked = WeeklyList(part_of_week(target, week_gb), week_gb, FilterSet.parse("ALL"))
    assert str(asked.days) == days
    answer = unwrap(WEEKLY_BOX_OFFICE, body, asked.params)
    batch = weekly_batch()
    add_weekly_reply(batch, Reply(WEEKLY_BOX_OFFICE, MappingProxyType(asked.params), answer, AT, 1, 12), asked)
    rows = batch.rows["weekly_box_office"]
    sent = json.loads(body)["boxOfficeResult"]["weeklyBoxOfficeList"]
    assert len(rows) == films
    for row, record in zip(rows, sent, strict=True):
        assert (row["first_date"], row["last_date"], row["week_gb"]) == (asked.days.first, asked.days.last, week_gb)
        assert {name: str(row[snake_case(name)]) for name in ("salesAmt", "audiAcc", "rankInten")} == {
            name: record[name] for name in ("salesAmt", "audiAcc", "rankInten")
        }
    assert batch.rows["rejected_record"] == []
    with pytest.raises(RejectedReply, match="another request"):
        unwrap(WEEKLY_BOX_OFFICE, body, {**asked.params, "targetDt": f"{asked.days.last + timedelta(days=7):%Y%m%d}"})


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)))
def test_a_week_is_its_days_and_its_weekend(day):
    week, weekend, weekdays = (part_of_week(day, part) for part in "012")
    assert day in list(week)
    assert [*weekdays, *weekend] == list(week)
    assert (week.first.weekday(), week.last.weekday(), len(weekend)) == (0, 6, 3)


@given(st.integers(30, 120), st.sets(st.integers(0, 120)))
def test_a_list_is_fetched_when_its_week_is_over_and_once_more_when_it_is_final(days, missed):
    start = date(2024, 1, 1)
    answered, asked = {}, Counter()
    for number in range(days):
        if number in missed:
            continue
        now = datetime.combine(start + timedelta(days=number), datetime.min.time(), SEOUL) + timedelta(hours=10, minutes=30)
        run = days_of_run(Trigger.SCHEDULE, now, None, None, now)
        for each in lists_due(weeks_of_run(run), answered, now):
            asked[recorded(each.params)] += 1
            answered[recorded(each.params)] = now
            assert over(each.days.last + timedelta(days=(6 - each.days.last.weekday()) % 7)) <= now
    assert not asked or max(asked.values()) <= 2
    by_week = Counter()
    for params, times in asked.items():
        by_week[part_of_week(date.fromisoformat(json.loads(params)["targetDt"]), "0").last] += times
    assert not by_week or max(by_week.values()) <= 30
    if not missed:
        for number in range(6, days - 15):
            if (sunday := start + timedelta(days=number)).weekday() == 6:
                assert by_week[sunday] == 30


@given(st.dates(FIRST_DAY, date(2030, 1, 1)), st.integers(1, 800))
def test_a_range_fetches_the_last_two_weeks_that_end_in_it_and_none_from_before_the_series(first, length):
    days = DayRange(first, first + timedelta(days=length - 1))
    sundays = weeks_of_run(days)
    ended = [day for day in days if day.weekday() == 6 and day - timedelta(days=6) >= FIRST_DAY]
    assert set(ended[-2:]) <= set(sundays)
    assert len(sundays) <= 2
    assert all(day - timedelta(days=6) >= FIRST_DAY and day <= days.last for day in sundays)
    long_after = datetime(2040, 1, 1, tzinfo=SEOUL)
    due = lists_due(sundays, {}, long_after)
    assert len(due) == 15 * len(sundays)
    assert lists_due(sundays, {recorded(each.params): long_after for each in due}, long_after + timedelta(days=400)) == ()
