{{ config(sort=['target_date'], dist='all') }}

with

box_office as (
    select * from {{ ref('fct_daily_box_office') }}
),

calendar as (
    select * from {{ ref('dim_date') }}
),

filter_set as (
    select
        target_date,
        multi_movie_yn,
        rep_nation_cd,
        wide_area_cd,
        count(*) as row_count
    from box_office
    group by target_date, multi_movie_yn, rep_nation_cd, wide_area_cd
),

captured as (
    select
        target_date,
        count(*) as filter_sets,
        sum(row_count) as row_count,
        max(
            case when multi_movie_yn = 'ALL' and rep_nation_cd = 'ALL' and wide_area_cd = 'ALL' then 1 else 0 end
        ) as unfiltered_lists
    from filter_set
    group by target_date
),

span as (
    select
        min(target_date) as first_date,
        max(target_date) as newest_date
    from captured
),

final as (
    select
        calendar.date_day as target_date,
        cast(coalesce(captured.filter_sets, 0) as bigint) as filter_sets_captured,
        cast(coalesce(captured.row_count, 0) as bigint) as rows_captured,
        coalesce(captured.unfiltered_lists, 0) = 0 as is_missing
    from calendar
    inner join span
        on calendar.date_day between span.first_date and span.newest_date
    left join captured
        on calendar.date_day = captured.target_date
)

select * from final
