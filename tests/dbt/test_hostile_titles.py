"""Titles and names that are code somewhere else: they come through every model letter by letter, and harm nothing."""

from datetime import date, timedelta

from tests.dbt.test_captures import chart
from tests.dbt.warehouse import LOADED_AT, RECORDED_AT, Warehouse

TITLES = (
    "'; drop table raw_data.movie; --",
    'say "cheese"; select 1',
    "{{ env_var('WAREHOUSE_PASSWORD') }} {% for x in y %}",
    "{{ ref('dim_movie') }}",
    "=cmd|'/c calc'!A1",
    "@SUM(1+1)*cmd",
    "%s %(name)s $1 :name ${HOME} `id` $(id)",
    "back\\slash \\' \\x41",
    "<script>alert(1)</script>",
    "줄\n바꿈\t탭",
)
CODES = ("C'; drop table raw_data.movie; --", "*/ x /*", "{{ ref('dim_movie') }}", *(f"D{n}" for n in range(3, len(TITLES))))
"""Extraction rejects the first three; dbt meets them only in an object that somebody else wrote."""
LATER = timedelta(days=1)


def test_every_title_comes_through_the_whole_build(empty: Warehouse) -> None:
    rows = [
        row | {"movie_nm": title, "rank": place, "rnum": place}
        for place, (code, title) in enumerate(zip(CODES, TITLES, strict=True), start=1)
        for row in chart(date(2024, 6, 28), code)
    ]
    empty.load("daily_box_office", rows)
    films = [{"movie_cd": code, "known_to_api": True, "movie_nm": title} for code, title in zip(CODES, TITLES, strict=True)]
    empty.load("movie", films)
    for table, column in (("movie_actor", "people_nm"), ("movie_company", "company_nm"), ("movie_genre", "genre_nm")):
        empty.load(
            table,
            [{"movie_cd": code, "position": 1, column: title} for code, title in zip(CODES, TITLES, strict=True)],
        )
    # Tests of the data itself (a genre's name is one of a list, for example) may complain; no statement may break.
    assert empty.dbt("seed").success
    result = empty.dbt("run")
    assert result.success, result.failures
    # A daily run names films and days by literals.
    empty.load("daily_box_office", rows, "later", RECORDED_AT + LATER, LOADED_AT + LATER)
    empty.load("movie", films, "later", RECORDED_AT + LATER, LOADED_AT + LATER)
    result = empty.dbt("run")
    assert result.success, result.failures
    expected = sorted(zip(CODES, TITLES, strict=True))
    assert empty.rows("select movie_cd, movie_nm from analytics.fct_daily_box_office order by movie_cd") == expected
    assert empty.rows("select movie_cd, movie_nm from analytics.dim_movie order by movie_cd") == expected
    assert empty.rows("select movie_cd, movie_nm from analytics.film_performance order by movie_cd") == expected
    assert empty.value("select count(*) from raw_data.movie") == 2 * len(TITLES)
