"""What each chart must show, as SQL on the marts that owes nothing to the charts' own.

A mart of which a board first shows twelve months is read by its name after `shown_` (see `SHOWN`), else in its schema.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

SHOWN = {
    "company_month": "month_start",
    "daily_totals": "target_date",
    "film_curve": "open_dt",
    "film_opening": "open_dt",
    "film_performance": "open_dt",
    "holiday_genre": "holiday_date",
    "person_film": "open_dt",
    "season_genre": "season_start",
}
"""The marts, and the day by which a board's period chooses their rows."""


def shown(first: date, last: date) -> str:
    """SQL that makes those views for a session."""
    return "".join(
        f"create temporary view shown_{mart} as select * from analytics.{mart} where {day} between '{first}' and '{last}';"
        for mart, day in SHOWN.items()
    )


Row = dict[str, Any]
Cells = tuple[Any, ...]


@dataclass(frozen=True)
class Figures:
    """A query, and the chart's columns that its columns must equal.

    `series` says that the chart's answer has one column per series: it is read as rows of x, series and value. `first`
    says that the chart shows this many rows, the largest by the column `by`, and any of those that share the last place.
    """

    sql: str
    columns: tuple[str, ...]
    series: bool = False
    first: int | None = None
    by: str = ""

    def shown(self, rows: Iterable[Row]) -> list[Cells]:
        """The chart's answer as rows of this query."""
        if not self.series:
            return [tuple(_plain(name, row[name]) for name in self.columns) for row in rows]
        (x,) = self.columns
        return [
            (_plain(x, row[x]), name, value) for row in rows for name, value in row.items() if name != x and value is not None
        ]

    def compared(self, shown: Iterable[Cells], expected: Iterable[Cells]) -> tuple[list[Cells], list[Cells]]:
        """The displayed figures next to the expected ones, in the same order."""
        left, right = sorted(map(_cells, shown), key=_order), sorted(map(_cells, expected), key=_order)
        if self.first is None or len(right) <= self.first:
            return left, right
        place = self.columns.index(self.by)
        right.sort(key=lambda row: -row[place])
        last = right[self.first - 1][place]
        certain = [row for row in right[: self.first] if row[place] > last]
        sharing = {_order(row): row for row in right if row[place] == last}
        of_the_last = [sharing[_order(row)] for row in left if _order(row) in sharing][: self.first - len(certain)]
        return left, sorted([*certain, *of_the_last], key=_order)


_DATES = frozenset({"target_date", "month_start", "open_dt", "holiday_date", "window_first", "window_last"})
_ZERO_WIDTH = "\u200b"


def _plain(name: str, value: Any) -> Any:
    if name in _DATES:
        return datetime.fromtimestamp(value / 1000, UTC).date()
    # A bar's name has its breaks, and what sorts it.
    return value.replace(_ZERO_WIDTH, "").replace("\n", "") if isinstance(value, str) else value


def _cells(row: Cells) -> Cells:
    return tuple(float(cell) if isinstance(cell, int | float | Decimal) else cell for cell in row)


def _order(row: Cells) -> tuple[str, ...]:
    return tuple(f"{cell:.5e}" if isinstance(cell, float) else str(cell) for cell in row)


_FROM_OPENING = "(select * from shown_film_performance where observation_nm = '개봉부터 관측') as film"
_TOP_OPENED = f"select * from {_FROM_OPENING} order by observed_sales desc limit 10"
_LINE = """
    (
        select
            regr_slope(ln(observed_admissions), ln(peak_screens)) as slope,
            regr_intercept(ln(observed_admissions), ln(peak_screens)) as intercept
        from analytics.film_performance
        where observation_nm = '개봉부터 관측' and observed_admissions > 0 and peak_screens > 0
    ) as line
"""
_RATIO = "round((observed_admissions / exp(intercept + slope * ln(peak_screens)))::numeric, 2)"
_SHARES = """
    select
        day.movie_cd,
        round(100 * sum(day.screens) / sum(whole.screens), 2) as screen_share,
        round(100 * sum(day.sales) / sum(whole.sales), 2) as sales_share
    from staging.int_film_day__distinct as day
    inner join (
        select target_date, sum(screens) as screens, sum(sales) as sales from staging.int_film_day__distinct group by 1
    ) as whole using (target_date)
    group by day.movie_cd
"""
_GENRE_GROUP = """
    (
        select
            genre_nm,
            case when row_number() over (order by sum(admissions_even) desc) <= 7 then genre_nm else '기타' end as name
        from analytics.season_genre where genre_nm <> '장르 없음' group by 1
    ) as genre
"""
_TOP_CURVES = "(select film_label from shown_film_curve group by 1 order by sum(admissions) desc nulls last limit 5) as top"
_DAY = "select target_date, sum(sales) as sales, sum(admissions) as admissions from shown_daily_totals group by 1"
_EVERY_DAY = _DAY.replace("shown_", "analytics.")
_YEARS = "(select max(year_no) from analytics.daily_totals)"


def _share_of_companies(which: str) -> str:
    return f"""
        with company as (
            select company_cd from analytics.company_month
            where
                {which} and company_nm <> '미상'
                and month_start > (select max(target_date) - 365 from analytics.daily_totals)
            group by 1 order by sum(sales_even) desc, company_cd limit 7
        ),
        grouped as (
            select
                month_start,
                case
                    when company_nm = '미상' then '미상'
                    when company_cd in (select company_cd from company) then company_nm
                    else '기타'
                end as name,
                sum(sales_even) as sales
            from shown_company_month where {which} group by 1, 2
        )
        select month_start, name, sales / sum(sales) over (partition by month_start) from grouped
    """


def _ranking_of_companies(part: str, *columns: str) -> Figures:
    named = ", ".join(columns)
    return Figures(
        f"select {named}, sum(sales_even) / 1e8, count(distinct movie_cd), sum(sales_even) / count(distinct movie_cd) / 1e8 "
        f"from shown_company_month where company_part_nm = '{part}' and company_nm <> '미상' group by {named}",
        (*columns, "sales_even_eok", "films", "sales_per_film_eok"),
        first=20,
        by="sales_even_eok",
    )


def _ranking_of_people(credit: str) -> Figures:
    return Figures(
        "select person_nm, sum(observed_sales) / 1e8, count(*), avg(observed_sales) / 1e8 from shown_person_film "
        f"where credit_nm = '{credit}' group by 1",
        ("person_nm", "sales_eok", "films", "sales_per_film_eok"),
        first=20,
        by="sales_eok",
    )


def _share_of_days(column: str) -> Figures:
    return Figures(
        f"select {column}, sum(sales) / 1e8, sum(sales) / (select sum(sales) from shown_daily_totals) "
        "from shown_daily_totals group by 1",
        (column, "sales_eok", "sales_eok__contribution"),
    )


def _running_week(figure: str, unit: str) -> str:
    return f"""
        select target_date, week from (
            select
                target_date,
                sum({figure}) over (order by target_date rows 6 preceding) / {unit} as week,
                row_number() over (order by target_date) as place
            from ({_DAY}) as day
        ) as numbered where place >= 7
    """


_PAIRS = f"""
    select this.target_date, this.sales, this.admissions, ago.sales as sales_ago, ago.admissions as admissions_ago
    from ({_EVERY_DAY}) as this inner join ({_EVERY_DAY}) as ago on this.target_date = ago.target_date + 364
    where extract(year from this.target_date) = {_YEARS}
"""


def _change_of_the_year(figure: str) -> Figures:
    return Figures(
        f"select to_char(100 * (sum({figure}) / sum({figure}_ago) - 1), 'FMS9990.0') || '%', count(*) from ({_PAIRS}) as pair",
        (f"{figure}_change", "days_compared"),
    )


def _sales_of_the_months() -> str:
    return f"""
        with this as (
            select day.target_date, day.sales, pair.sales_ago, pair.target_date is not null as is_compared
            from ({_EVERY_DAY}) as day left join ({_PAIRS}) as pair on day.target_date = pair.target_date
            where extract(year from day.target_date) = {_YEARS}
        ),
        month as (
            select
                date_trunc('month', target_date) as month_start,
                to_char(target_date, 'MM') || '월' || case
                    when count(*) filter (where is_compared)
                        < extract(day from date_trunc('month', min(target_date)) + interval '1 month - 1 day')
                        then '(' || count(*) filter (where is_compared) || '일)'
                    else ''
                end as month_nm,
                sum(sales) filter (where is_compared) as sales,
                sum(sales_ago) as sales_ago,
                sum(sales) filter (where not is_compared) as alone
            from this group by to_char(target_date, 'MM'), 1
        )
        select month_nm, name, side.sales / 1e8
        from month, lateral (values ('올해', sales), ('작년', sales_ago), ('올해(작년 없음)', alone)) as side (name, sales)
        where side.sales is not null
    """


_MARKET = """
    select target_date, sum(sales) as sales, min(market_sales_of_day) as market
    from shown_daily_totals
    inner join (
        select distinct on (target_date) target_date, round(100 * sales_amt / nullif(sales_share, 0)) as sales
        from analytics.fct_daily_box_office
        where multi_movie_yn = 'ALL' and rep_nation_cd = 'ALL' and wide_area_cd = 'ALL'
        order by target_date, sales_amt desc, movie_cd
    ) as market (target_date, market_sales_of_day) using (target_date)
    where market_sales_of_day is not null
    group by target_date
"""


def _unknown(figure: str, which: str) -> str:
    return f"sum(case when {which} then {figure} else 0 end)::numeric / sum({figure})"


def _ranking_of_films(figure: str, source: str, column: str) -> Figures:
    return Figures(f"select film_label, {figure} from {source}", ("film_axis_nm", column), first=10, by=column)


def _latest_period(name: str) -> Figures:
    return Figures(
        "select rank, movement_txt, movie_nm, audi_cnt, sales_amt / 1e8, scrn_cnt from analytics.period_ranking "
        f"where list_nm = '전체' and period_nm = '{name}' "
        f"and last_date = (select max(last_date) from analytics.period_ranking where period_nm = '{name}')",
        ("rank", "movement_txt", "movie_nm", "admissions", "sales_eok", "screens"),
    )


def _curves(figure: str, median: str, column: str, median_column: str) -> tuple[Figures, ...]:
    return (
        Figures(
            f"select day_no, film_label, {figure} / 1e4 from shown_film_curve inner join {_TOP_CURVES} using (film_label) "
            f"where {figure} is not null",
            ("day_no",),
            series=True,
        ),
        Figures(f"select day_no, max({median}) / 1e4 from shown_film_curve group by 1", ("day_no", median_column)),
    )


ANSWERS = ("overview", "screens-sales", "admissions-sales", "season-genre", "companies-people", "box-office-curve", "data-status")

CHARTS: dict[str, tuple[Figures, ...]] = {
    **{
        f"answer-{slug}": (
            Figures(
                f"select answer_txt from analytics.answers where board_slug = '{slug}' and period_nm = '최근 12개월' "
                "and first_date = last_date - 364",
                ("answer_txt",),
            ),
        )
        for slug in ANSWERS
    },
    "screens-admissions-scatter": (
        Figures(
            f"select film_label, nation_nm, peak_screens, observed_admissions from {_FROM_OPENING} "
            "where peak_screens > 0 and observed_admissions > 0 union all "
            "select film_label || ': 기대', '기대(회귀선)', peak_screens, expected from ("
            f"select film_label, peak_screens, round(exp(intercept + slope * ln(peak_screens))) as expected "
            f"from {_FROM_OPENING} cross join {_LINE} where peak_screens > 0) as fitted where expected > 0",
            ("point_nm", "series_nm", "peak_screens_max", "admissions_sum"),
        ),
    ),
    "screens-share-scatter": (
        Figures(
            f"select film_label, nation_nm, screen_share, sales_share from {_FROM_OPENING} "
            f"inner join ({_SHARES}) as share using (movie_cd) where screen_share > 0 and sales_share > 0",
            ("film_label", "nation_nm", "screen_share_pct", "sales_share_pct"),
        ),
    ),
    "screens-beaten": (_ranking_of_films(_RATIO, f"{_FROM_OPENING} cross join {_LINE} where peak_screens >= 100", "ratio"),),
    "screens-wasted": (
        _ranking_of_films(
            f"1 / {_RATIO}", f"{_FROM_OPENING} cross join {_LINE} where peak_screens >= 100 and {_RATIO} > 0", "ratio_inverse"
        ),
    ),
    "screens-top-films": (_ranking_of_films("observed_sales / 1e8", _FROM_OPENING, "sales_eok"),),
    "screens-most-screens": (_ranking_of_films("peak_screens", _FROM_OPENING, "peak_screens_max"),),
    "top-films-sales": (_ranking_of_films("observed_sales / 1e8", "shown_film_performance", "sales_eok"),),
    "top-films-admissions": (_ranking_of_films("observed_admissions / 1e4", "shown_film_performance", "admissions_man"),),
    "admissions-sales-by-day": (
        Figures(f"select target_date, sales / 1e8 from ({_DAY}) as day", ("target_date", "sales_eok")),
        Figures(f"select target_date, admissions / 1e4 from ({_DAY}) as day", ("target_date", "admissions_man")),
    ),
    "ticket-price-by-month": (
        Figures(
            f"select date_trunc('month', target_date)::date, sum(sales) / sum(admissions) from ({_DAY}) as day group by 1",
            ("target_date", "ticket_price"),
        ),
    ),
    "distributor-share": (Figures(_share_of_companies("company_part_nm = '배급사'"), ("month_start",), series=True),),
    "importer-share": (Figures(_share_of_companies("company_role_nm = '수입사'"), ("month_start",), series=True),),
    "producer-share": (Figures(_share_of_companies("company_role_nm = '제작사'"), ("month_start",), series=True),),
    "curve-by-day": _curves("admissions", "median_admissions", "admissions_of_day_man", "median_man"),
    "curve-cumulative": _curves("audi_acc", "median_audi_acc", "audi_acc_man", "median_acc_man"),
    "curve-survival": (
        Figures(
            """
            select day_no, round(avg((days_to_last_listing >= day_no)::int), 4)
            from generate_series(1, 100) as day_no
            inner join analytics.film_opening
                on open_dt + day_no - 1 <= (select max(target_date) from analytics.daily_totals)
            where day_no <= (select max(days_to_last_listing) from shown_film_opening)
            group by 1
            """,
            ("day_no", "survival"),
        ),
    ),
    "opening-weekends": (
        _ranking_of_films(
            "opening_weekend_admissions / 1e4", "shown_film_opening where opening_weekend_admissions > 0", "first_weekend_man"
        ),
    ),
    "opening-table": (
        Figures(
            "select film_label, open_dt, case when is_running then '상영 중' else '끝남' end, total_admissions / 1e4, "
            "opening_day_admissions / 1e4, opening_weekend_admissions / 1e4, second_weekend_change, multiple, "
            "days_to_last_listing from shown_film_opening",
            (
                "film_label",
                "open_dt",
                "running_nm",
                "total_man",
                "opening_day_man",
                "first_weekend_man",
                "second_change_pct",
                "multiple_max",
                "days_left",
            ),
            first=20,
            by="total_man",
        ),
    ),
    "weekend-ranking": (_latest_period("주말"),),
    "week-ranking": (_latest_period("주간"),),
    "month-ranking": (_latest_period("월간"),),
    "latest-periods": (
        Figures(
            "select distinct on (period_nm) period_nm, to_char(first_date, 'YYYY-MM-DD') || '~' || to_char(last_date, 'MM-DD') "
            "|| case when is_official then ' KOFIC 목록' else ' 일별 목록의 합' end, sum(audi_cnt) over listed, "
            "sum(sales_amt) over listed / 1e8 from analytics.period_ranking where list_nm = '전체' "
            "window listed as (partition by period_nm, last_date) order by period_nm, last_date desc",
            ("period_nm", "basis_txt", "admissions", "sales_eok"),
        ),
    ),
    "weeks-against-days": (
        Figures(
            "select to_char(first_date, 'YYYY-MM-DD') || '~' || to_char(last_date, 'MM-DD'), sum(audi_cnt) / 1e4, "
            "sum(audi_cnt_by_days) / 1e4, sum(audi_cnt_by_days) / sum(audi_cnt) from analytics.period_ranking "
            "where is_official and list_nm = '전체' and period_nm = '주간' group by 1",
            ("period_txt", "official_man", "by_days_man", "covered"),
        ),
    ),
    "screens-sales-correlation": (
        Figures(f"select corr(peak_screens, observed_sales) from {_FROM_OPENING}", ("corr_screens_sales",)),
    ),
    "screens-admissions-correlation": (
        Figures(f"select corr(peak_screens, observed_admissions) from {_FROM_OPENING}", ("corr_screens_admissions",)),
    ),
    "screens-films": (Figures(f"select count(*) from {_FROM_OPENING}", ("films",)),),
    "screens-sales-per-screen": (
        Figures(
            f"select sum(observed_sales) / sum(peak_screens) / 1e4 from {_FROM_OPENING}",
            ("sales_per_screen_man",),
        ),
    ),
    "screens-top-films-table": (
        Figures(
            "select film_label, observation_nm, peak_screens, observed_sales / 1e8, "
            "observed_sales / peak_screens::numeric / 1e4, observed_admissions / peak_screens::numeric "
            f"from ({_TOP_OPENED}) as top",
            (
                "film_label",
                "observation_nm",
                "peak_screens_max",
                "sales_eok",
                "sales_per_screen_man",
                "admissions_per_screen_mean",
            ),
        ),
    ),
    "admissions-sales-by-weekday": tuple(
        Figures(
            "select substr('월화수목금토일', extract(isodow from target_date)::int, 1), "
            f"sum({figure}) / count(*) / {unit} from ({_DAY}) as day group by 1",
            ("weekday_in_order", column),
        )
        for figure, unit, column in (("sales", "1e8", "sales_day_eok"), ("admissions", "1e4", "admissions_day_man"))
    ),
    "last-week-sales": (Figures(_running_week("sales", "1e8"), ("target_date", "sales_eok")),),
    "last-week-admissions": (Figures(_running_week("admissions", "1e4"), ("target_date", "admissions_man")),),
    "recent-films-bubble": (
        Figures(
            "select film_label, genre_nm, observed_admissions / 1e4, observed_sales / 1e8, peak_screens "
            "from shown_film_performance "
            "where observed_until > (select max(observed_until) from analytics.film_performance) - 365",
            ("film_label", "genre_nm", "admissions_man", "sales_eok", "peak_screens_max"),
        ),
    ),
    "season-genre-even": (
        Figures(
            "select season_label, name, sum(admissions_even) / 1e4 from shown_season_genre "
            f"inner join {_GENRE_GROUP} using (genre_nm) group by 1, 2",
            ("season_label_in_order",),
            series=True,
        ),
    ),
    "season-genre-pivot-full": (
        Figures(
            "select season_nm, genre_nm, sum(admissions_full) / 1e4 from shown_season_genre "
            "where genre_nm <> '장르 없음' group by 1, 2",
            ("계절", "장르", "admissions_full_man"),
        ),
    ),
    "holiday-genre-ranking": (
        Figures(
            "select genre_nm, sum(admissions_even) / 1e4 from shown_holiday_genre "
            "where holiday_nm = '설날' and genre_nm <> '장르 없음' group by 1",
            ("genre_nm", "admissions_even_man"),
            first=10,
            by="admissions_even_man",
        ),
    ),
    "holiday-genre-by-year": (
        Figures(
            "select holiday_year::text, name, sum(admissions_even) / 1e4 from analytics.holiday_genre "
            f"inner join {_GENRE_GROUP} using (genre_nm) where holiday_nm = '설날' group by 1, 2",
            ("holiday_year_nm",),
            series=True,
        ),
    ),
    "holiday-windows": (
        Figures(
            "select holiday_nm, holiday_date, window_first, window_last, sum(admissions_even) / 1e4, sum(sales_even) / 1e8, "
            + _unknown("admissions_even", "genre_nm = '장르 없음'")
            + " from shown_holiday_genre where holiday_nm = '설날' group by 1, 2, 3, 4",
            (
                "holiday_nm",
                "holiday_date",
                "window_first",
                "window_last",
                "admissions_even_man",
                "sales_even_eok",
                "unknown_share",
            ),
        ),
    ),
    "genre-unknown": (
        Figures(
            "select season_nm, sum(case when genre_nm = '장르 없음' then admissions_even else 0 end) / 1e4, "
            + _unknown("admissions_even", "genre_nm = '장르 없음'")
            + " from shown_season_genre group by 1",
            ("season_in_order", "unknown_admissions_man", "unknown_share"),
        ),
    ),
    "distributor-ranking": (_ranking_of_companies("배급사", "company_nm"),),
    "producer-ranking": (_ranking_of_companies("제작·수입사", "company_nm", "company_role_nm"),),
    "company-unknown": (
        Figures(
            "select company_part_nm, sum(case when company_cd = '-' and company_nm = '미상' then sales_even else 0 end) / 1e8, "
            + _unknown("sales_even", "company_nm = '미상'")
            + ", count(distinct case when company_nm = '미상' then movie_cd end) from shown_company_month group by 1",
            ("company_part_nm", "unknown_sales_eok", "unknown_share", "unknown_films"),
        ),
    ),
    "person-unknown": (
        Figures(
            " union all ".join(
                f"select '{credit}', sum(case when is_unknown then observed_sales else 0 end) / 1e8, "
                + _unknown("observed_sales", "is_unknown")
                + ", count(*) filter (where is_unknown) from ("
                + "select observed_sales, movie_cd not in (select movie_cd from shown_person_film "
                + f"where credit_nm = '{credit}') as is_unknown from shown_film_performance) as film"
                for credit in ("배우", "감독")
            ),
            ("credit_nm", "unknown_sales_eok", "unknown_share", "unknown_films"),
        ),
    ),
    "actor-ranking": (_ranking_of_people("배우"),),
    "director-ranking": (_ranking_of_people("감독"),),
    "actor-films": (
        Figures(
            "select person_nm, movie_nm, open_dt, observed_sales / 1e8 from shown_person_film where credit_nm = '배우'",
            ("person_nm", "movie_nm", "open_dt", "sales_eok"),
            first=60,
            by="sales_eok",
        ),
    ),
    "distributor-month-heatmap": (
        Figures(
            """
            with company as (
                select company_cd from analytics.company_month where company_part_nm = '배급사' and company_nm <> '미상'
                group by 1 order by sum(sales_even) desc limit 12
            )
            select to_char(month_start, 'YYYY-MM'), company_nm, sum(sales_even) / 1e8
            from shown_company_month inner join company using (company_cd) where company_part_nm = '배급사' group by 1, 2
            """,
            ("month_nm", "company_nm", "sales_even_eok"),
        ),
    ),
    "latest-box-office": (
        Figures(
            "select rank, movement_txt, movie_nm, audi_cnt, audi_change, sales_share, audi_acc / 1e4, scrn_cnt "
            "from analytics.latest_box_office",
            (
                "rank",
                "movement_txt",
                "movie_nm",
                "admissions",
                "change",
                "share",
                "admissions_acc_man",
                "screens",
            ),
        ),
    ),
    "this-year-sales": (
        Figures(f"select sum(sales) / 1e8 from analytics.daily_totals where year_no = {_YEARS}", ("sales_this_year_eok",)),
    ),
    "this-year-admissions": (
        Figures(
            f"select sum(admissions) / 1e4 from analytics.daily_totals where year_no = {_YEARS}", ("admissions_this_year_man",)
        ),
    ),
    "this-year-sales-change": (_change_of_the_year("sales"),),
    "this-year-admissions-change": (_change_of_the_year("admissions"),),
    "year-on-year": (Figures(_sales_of_the_months(), ("month_nm",), series=True),),
    "nation-share": (_share_of_days("nation_nm"),),
    "film-type-share": (_share_of_days("film_type_nm"),),
    "unknown-shares": (
        Figures(
            "select "
            + ", ".join(_unknown("sales", f"{column} = '미상'") for column in ("nation_nm", "film_type_nm"))
            + " from shown_daily_totals",
            ("unknown_nation_share", "unknown_type_share"),
        ),
    ),
    "market-by-month": (
        Figures(
            "select to_char(target_date, 'YYYY-MM'), sum(sales) / 1e8, sum(market) / 1e8, sum(sales) / sum(market) "
            f"from ({_MARKET}) as day group by 1",
            ("month_nm", "sales_eok", "market_sales_eok", "covered_share"),
        ),
        Figures(
            f"select sum(sales) / 1e8, sum(market) / 1e8, sum(sales) / sum(market) from ({_MARKET}) as day",
            ("sales_eok", "market_sales_eok", "covered_share"),
        ),
    ),
    "captured-days": (Figures("select count(distinct target_date) from raw_data.daily_box_office", ("captured_days",)),),
    "missing-days": (
        Figures(
            "select max(target_date) - min(target_date) + 1 - count(distinct target_date) from raw_data.daily_box_office",
            ("missing_days",),
        ),
    ),
    "days-captured": (
        Figures(
            "select date_trunc('month', target_date)::date, count(*) filter (where not is_missing), "
            "count(*) filter (where is_missing) from analytics.data_missing_day group by 1",
            ("target_date", "captured_days", "missing_days"),
        ),
    ),
    "rejected-records": (Figures("select count(*) from raw_data.rejected_record where part = 1", ("rejected",)),),
    "rejected-by-reason": (
        Figures(
            "select table_name, reason, count(*) from raw_data.rejected_record where part = 1 group by 1, 2",
            ("table_name", "reason", "rejected"),
        ),
    ),
    "quota-used": (
        Figures(
            "select round(max(used) / 3000.0, 4) from (select sum(attempts) as used from raw_data.api_call "
            "group by (captured_at at time zone 'Asia/Seoul')::date) as day",
            ("quota_share_max",),
        ),
    ),
    "calls-of-quota": (
        Figures(
            "select (captured_at at time zone 'Asia/Seoul')::date::text, sum(attempts), 3000 from raw_data.api_call group by 1",
            ("day_nm", "attempts_sum", "quota_max"),
        ),
    ),
    "late-revisions": (
        Figures(
            "select case when days_after > 7 then '8일 이상' else days_after || '일 뒤' end, sum(rows_captured), "
            "sum(rows_compared), sum(rows_revised) from analytics.data_revision group by 1",
            ("days_after_nm", "captured", "compared", "revised"),
        ),
    ),
    "kofic-warnings": (
        Figures(
            "select to_char(target_date, 'YYYY-MM-DD'), movie_nm, rule_nm, detail_txt, count(*) from analytics.data_warning "
            "group by 1, 2, 3, 4",
            ("shown_on", "movie_nm", "rule_nm", "detail_txt", "warnings"),
            first=100,
            by="warnings",
        ),
    ),
    "table-status": (
        Figures(
            "select table_name, to_char(last_captured_at at time zone 'Asia/Seoul', 'YYYY-MM-DD HH24:MI'), "
            "to_char(last_loaded_at at time zone 'Asia/Seoul', 'YYYY-MM-DD HH24:MI'), rows_in_30_days, objects_in_30_days "
            "from analytics.data_table_status",
            ("table_name", "last_captured_kst", "last_loaded_kst", "rows", "object_count"),
        ),
    ),
}
"""By the chart's file in the bundle: one set of figures per query of the chart."""
