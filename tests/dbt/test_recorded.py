"""The marts built on half a year of real replies, against the same figures taken straight from the replies."""

from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import Decimal

from tests.dbt.recorded import FilterSet, entries
from tests.dbt.warehouse import DbtRun, Reply, Warehouse


def test_the_build_passes_without_a_warning(first_build: DbtRun) -> None:
    assert first_build.success, first_build.failures
    assert first_build.failures == {}


def test_every_unit_test_ran(first_build: DbtRun) -> None:
    ran = {node.name for node in first_build.nodes if node.kind == "unit_test"}
    assert ran == {
        "stg_kofic__daily_box_office_takes_the_latest_reply",
        "stg_kofic__daily_box_office_waits_for_a_whole_reply",
        "stg_kofic__weekly_box_office_takes_the_latest_whole_reply",
        "stg_kofic__movie_keeps_what_was_known",
        "stg_kofic__movie_genre_follows_the_latest_known_capture",
        "fct_daily_box_office_derives_its_figures",
        "dim_movie_puts_lists_and_master_data_together",
        "dim_movie_tells_openings_and_rereleases_apart",
        "int_film__observed_knows_the_days_around_a_film",
        "dim_date_knows_the_korean_calendar",
        "bridge_movie_genre_splits_evenly",
        "int_film_day__distinct_counts_a_film_once",
        "int_film_genre__shared_keeps_a_film_without_a_genre",
        "film_performance_gives_each_film_a_name_of_its_own",
        "film_performance_names_what_is_not_known",
        "int_genre__grouped_keeps_the_seven_largest",
        "film_opening_takes_weekends_from_running_totals",
        "film_curve_has_a_gap_where_a_film_was_on_no_list",
        "film_screens_expects_what_the_line_says",
        "season_genre_counts_in_two_ways",
        "company_month_splits_evenly_within_a_part",
        "daily_totals_tell_the_market_from_the_largest_film",
        "person_film_takes_the_first_five_of_the_billing",
        "latest_box_office_shows_the_movement",
        "period_ranking_prefers_kofics_week_to_the_sum_of_days",
        "period_ranking_has_the_change_of_films_on_every_day",
        "data_table_status_adds_up_the_loads",
        "data_missing_day_shows_the_gap",
        "data_rejected_counts_records_not_pieces",
        "data_warning_names_film_and_day_and_both_captures",
        "data_revision_compares_with_the_capture_before",
    }
    assert {first_build.statuses[name] for name in ran} == {"pass"}


def test_the_fact_has_every_row_of_every_filter_set(recorded: Warehouse, daily_replies: list[Reply]) -> None:
    figures = ("salesAmt", "audiCnt", "scrnCnt", "showCnt", "salesAcc", "audiAcc", "salesInten", "rankInten")
    expected: dict[FilterSet, Counter[str]] = defaultdict(Counter)
    for _, filters, film in entries(daily_replies):
        expected[filters].update(rows=1, new=film["rankOldAndNew"] == "NEW", **{name: int(film[name]) for name in figures})

    found = recorded.rows(
        """
        select
            multi_movie_yn, rep_nation_cd, count(*), sum(case when is_new then 1 else 0 end), sum(sales_amt), sum(audi_cnt),
            sum(scrn_cnt), sum(show_cnt), sum(sales_acc), sum(audi_acc), sum(sales_inten), sum(rank_inten)
        from analytics.fct_daily_box_office
        group by 1, 2
        """
    )

    assert recorded.value("select count(*) from analytics.fct_daily_box_office") == 9100
    assert {tuple(row[:2]): list(map(int, row[2:])) for row in found} == {
        filters: [sums["rows"], sums["new"], *(sums[name] for name in figures)] for filters, sums in expected.items()
    }


def test_a_film_s_totals_are_its_highest_running_totals(recorded: Warehouse, daily_replies: list[Reply]) -> None:
    sales: Counter[str] = Counter()
    admissions: Counter[str] = Counter()
    days: dict[str, set[str]] = defaultdict(set)
    top_ten: Counter[str] = Counter()
    for day, filters, film in entries(daily_replies):
        code = film["movieCd"]
        sales[code] = max(sales[code], int(film["salesAcc"]))
        admissions[code] = max(admissions[code], int(film["audiAcc"]))
        days[code].add(day)
        top_ten[code] += filters == ("ALL", "ALL")

    found = recorded.rows(
        "select movie_cd, lifetime_sales, lifetime_admissions, days_charted, days_in_top_ten, "
        "to_char(observed_from, 'YYYYMMDD'), to_char(observed_until, 'YYYYMMDD') from analytics.dim_movie"
    )

    assert len(found) == 360
    assert {row[0]: tuple(row[1:]) for row in found} == {
        code: (sales[code], admissions[code], len(days[code]), top_ten[code], min(days[code]), max(days[code])) for code in sales
    }


def test_a_film_carries_its_master_data(recorded: Warehouse, movie_replies: list[Reply], daily_replies: list[Reply]) -> None:
    nations: dict[str, str] = {}
    diversity: dict[str, bool] = {}
    for _, (multi_movie, nation), film in entries(daily_replies):
        if nation != "ALL":
            nations[film["movieCd"]] = nation
        if multi_movie != "ALL":
            diversity[film["movieCd"]] = multi_movie == "Y"
    expected = {}
    for reply in movie_replies:
        info = reply["body"]["movieInfoResult"]["movieInfo"]
        code = info["movieCd"]
        genres = [genre["genreNm"].strip() for genre in info["genres"]]
        distributors = [company["companyNm"].strip() for company in info["companys"] if company["companyPartNm"] == "배급사"]
        expected[code] = (
            info["movieNm"].strip(),
            info["openDt"],
            nations.get(code) or ("K" if info["nations"][0]["nationNm"].strip() == "한국" else "F"),
            diversity.get(code),
            ", ".join(genres),
            genres[0],
            len(genres),
            ", ".join(director["peopleNm"].strip() for director in info["directors"] if director["peopleNm"].strip()) or None,
            ", ".join(actor["peopleNm"].strip() for actor in info["actors"][:5]) or None,
            distributors[0].replace("&amp;", "&") if distributors else None,
        )

    found = recorded.rows(
        "select movie_cd, movie_nm, to_char(open_dt, 'YYYYMMDD'), rep_nation_cd, is_diversity_film, genre_nms, first_genre_nm, "
        "genre_count, director_nms, main_actor_nms, distributor_nm from analytics.dim_movie where known_to_api"
    )

    assert {row[0]: tuple(row[1:]) for row in found} == expected
    assert recorded.value("select count(*) from analytics.dim_movie where known_to_api is null and movie_nm is not null") == 100


def test_a_film_is_split_over_its_genres(recorded: Warehouse, movie_replies: list[Reply]) -> None:
    shares: dict[str, list[Decimal]] = defaultdict(list)
    for code, share in recorded.rows("select movie_cd, even_share from analytics.bridge_movie_genre"):
        shares[code].append(Decimal(share))
    expected = {
        reply["params"]["movieCd"]: len(reply["body"]["movieInfoResult"]["movieInfo"]["genres"]) for reply in movie_replies
    }

    assert {code: len(parts) for code, parts in shares.items()} == expected
    assert {sum(parts) for parts in shares.values()} == {Decimal(1)}
    assert all(max(parts) - min(parts) < Decimal("0.000001") for parts in shares.values())


def test_the_bridges_hold_every_actor_and_company(recorded: Warehouse, movie_replies: list[Reply]) -> None:
    films = [reply["body"]["movieInfoResult"]["movieInfo"] for reply in movie_replies]
    assert set(recorded.rows("select movie_cd, billing_order, people_nm from analytics.bridge_movie_actor")) == {
        (film["movieCd"], place, actor["peopleNm"].strip() or None)
        for film in films
        for place, actor in enumerate(film["actors"], start=1)
    }
    assert set(recorded.rows("select movie_cd, company_cd, company_part_nm from analytics.bridge_movie_company")) == {
        (film["movieCd"], company["companyCd"], company["companyPartNm"]) for film in films for company in film["companys"]
    }


def test_the_calendar_covers_the_series_and_the_years_whose_holidays_are_known(recorded: Warehouse) -> None:
    first, last, days = recorded.rows(
        "select min(date_day)::text, max(date_day)::text, count(*) = max(date_day) - min(date_day) + 1 from analytics.dim_date"
    )[0]
    assert (first, last, days) == ("2003-11-11", "2028-12-31", True)
    assert recorded.rows("select holiday_name, is_day_off from analytics.dim_date where date_day = '2024-02-12'") == [
        ("설날 대체 휴일", True)
    ]
    mismatches = """
        select count(*) from analytics.dim_date
        where (iso_year_number, iso_week_number, weekday_number, quarter_number, week_start_date)
            is distinct from
            (extract(isoyear from date_day), extract(week from date_day), extract(isodow from date_day),
             extract(quarter from date_day), date_trunc('week', date_day)::date)
    """
    assert recorded.value(mismatches) == 0


def test_the_warehouse_itself_describes_the_marts(recorded: Warehouse) -> None:
    undescribed = """
        select c.table_name, c.column_name
        from information_schema.columns as c
        where c.table_schema = 'analytics'
            and col_description(format('%I.%I', c.table_schema, c.table_name)::regclass, c.ordinal_position) is null
    """
    assert recorded.rows(undescribed) == []
    described = "select obj_description('analytics.dim_movie'::regclass)"
    assert str(recorded.value(described)).startswith("One row per film")


def test_periods_are_ranked_by_their_days_where_kofic_s_own_week_is_unknown(
    recorded: Warehouse, daily_replies: list[Reply]
) -> None:
    """Every period of half a year that is over, under every filter set, computed from the replies one by one."""
    sums: dict[tuple[str, date, FilterSet], Counter[str]] = defaultdict(Counter)
    newest = max(day for day, _, _ in entries(daily_replies))
    for text, filters, film in entries(daily_replies):
        day = date.fromisoformat(text)
        sunday = day + timedelta(days=6 - day.weekday())
        next_month = (day.replace(day=1) + timedelta(days=31)).replace(day=1)
        part = ("주말", sunday) if day.weekday() >= 4 else ("주중", sunday - timedelta(days=3))
        for period, last in (("주간", sunday), part, ("월간", next_month - timedelta(days=1))):
            if last <= date.fromisoformat(newest):
                sums[period, last, filters][film["movieCd"]] += int(film["audiCnt"])
    names = {("ALL", "ALL"): "전체", ("ALL", "K"): "한국", ("ALL", "F"): "외국", ("Y", "ALL"): "다양성", ("N", "ALL"): "상업"}
    ranks = {
        key: {film: 1 + sum(other > audi for other in films.values()) for film, audi in films.items()}
        for key, films in sums.items()
    }
    expected = set()
    for (period, last, filters), films in sums.items():
        before = ranks.get(
            (period, last.replace(day=1) - timedelta(days=1) if period == "월간" else last - timedelta(days=7), filters)
        )
        for film, audi in films.items():
            if (rank := ranks[period, last, filters][film]) <= 10:
                known = before.get(film, 11) if before else None
                gained = None if known is None or known > 10 else known - rank
                moved = "" if before is None else "NEW" if gained is None else f"▲{gained}" if gained > 0 else f"▼{-gained}"
                moved = "–" if gained == 0 else moved
                expected.add((period, last, names[filters], rank, moved, film, audi))
    found = recorded.rows(
        "select period_nm, last_date, list_nm, rank, movement_txt, movie_cd, audi_cnt from analytics.period_ranking "
        "where not is_official and audi_cnt = audi_cnt_by_days"
    )
    assert len({row[:3] for row in found}) > 300
    assert set(found) == expected
