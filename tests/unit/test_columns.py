"""How values of the API become typed ones."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.kofic.columns import CODE, DAY, MOMENT, WHOLE, Remembered, Unparsable, decimal, required, text
from include.kofic.tables import RAW_TABLES, snake_case


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        (CODE, "2023C685", "2023C685"),
        (CODE, "2024-MF01158 ", "2024-MF01158"),
        (text(64), " 뉴욕의 왕 ", "뉴욕의 왕"),
        (text(64), "A&amp;B &#49406;", "A&B 샾"),
        (text(64), "", None),
        (text(64), None, None),
        (DAY, " ", None),
        (DAY, "", None),
        (DAY, "2024-02-29", date(2024, 2, 29)),
        (DAY, "20240229", date(2024, 2, 29)),
        (WHOLE, "127851309206", 127_851_309_206),
        (WHOLE, "-686119312", -686_119_312),
        (WHOLE, "", None),
        (decimal(18, 4), "2088241", Decimal("2088241")),
        (decimal(18, 4), "-13", Decimal("-13")),
        (decimal(9, 4), "16.0", Decimal("16.0")),
    ],
)
def test_values_that_the_api_sends(kind, raw, value):
    assert kind.parse(raw) == value


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        (WHOLE, "12.5"),
        (WHOLE, "1,000"),
        (WHOLE, "abc"),
        (WHOLE, "9" * 19),
        (WHOLE, True),
        (DAY, "20240230"),
        (DAY, "2024"),
        (decimal(9, 4), "123456"),
        (decimal(9, 4), "NaN"),
        (decimal(9, 4), "1e3"),
        (text(5), "가나"),
        (CODE, 12345),
        (required(CODE), " "),
        (required(WHOLE), ""),
        (MOMENT, datetime(2024, 1, 1)),
    ],
)
def test_values_that_are_refused(kind, raw):
    with pytest.raises(Unparsable):
        kind.parse(raw)


@given(st.integers(-(10**17), 10**17))
def test_every_whole_number_comes_back(number):
    assert WHOLE.parse(str(number)) == number


_SCALARS = st.sampled_from([None, True, False, 0, 1, -1, 0.0, 1.0, "1", " 1 ", "+1", "01", "1.0", ""])


@given(st.sampled_from([CODE, DAY, WHOLE, decimal(9, 4), required(WHOLE)]), st.lists(_SCALARS, max_size=12))
def test_what_came_before_changes_nothing_in_how_a_value_is_read(kind, values):
    def outcome(read, value):
        try:
            parsed = read(value)
        except Unparsable as error:
            return str(error)
        return type(parsed), parsed

    remembered = Remembered(kind.parse)
    for value in values:
        assert outcome(remembered.__getitem__, value) == outcome(kind.parse, value)


@given(st.text())
def test_text_never_passes_its_width_in_bytes_and_never_has_edge_spaces(raw):
    try:
        value = text(16).parse(raw)
    except Unparsable:
        return
    assert value is None or (len(value.encode()) <= 16 and value == value.strip() != "")


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)))
def test_both_ways_of_writing_a_day_are_the_same_day(day):
    assert DAY.parse(f"{day:%Y%m%d}") == DAY.parse(day.isoformat()) == day


def test_a_moment_is_kept_in_utc():
    assert MOMENT.parse(datetime.fromisoformat("2024-01-02T00:30:00+09:00")) == datetime(2024, 1, 1, 15, 30, tzinfo=UTC)


def test_field_names_become_snake_case():
    assert [snake_case(name) for name in ("scrnCnt", "rankOldAndNew", "movieNmEn", "prdtStatNm")] == [
        "scrn_cnt",
        "rank_old_and_new",
        "movie_nm_en",
        "prdt_stat_nm",
    ]


def test_every_raw_table_ends_in_its_capture_and_has_a_grain():
    for table in RAW_TABLES:
        names = [column.name for column in table.columns]
        assert names[-2:] == ["captured_at", "source_object"]
        assert len(set(names)) == len(names)
        assert table.grain.startswith("One row per ")
        assert table.schema.names == names
