{{ config(
    materialized='incremental',
    unique_key='target_date',
    sort=['target_date'],
    dist='all',
    indexes=[{'columns': ['target_date']}, {'columns': ['loaded_until']}],
) }}

{% set days = days_with_gaps() %}

{{ rebuilds(days) }}

with

box_office as (
    select * from {{ ref('fct_daily_box_office') }}
    {{ only('target_date', days) }}
),

calendar as (
    select * from {{ ref('dim_date') }}
    {{ only('date_day', days) }}
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

{% if is_incremental() %}
    -- The days that are built again: the gaps that they leave open are among them.
    span as (
        select
            min(date_day) as first_date,
            max(date_day) as newest_date
        from calendar
    ),
{% else %}
    span as (
        select
            min(target_date) as first_date,
            max(target_date) as newest_date
        from captured
    ),
{% endif %}

final as (
    select
        calendar.date_day as target_date,
        cast(coalesce(captured.filter_sets, 0) as bigint) as filter_sets_captured,
        cast(coalesce(captured.row_count, 0) as bigint) as rows_captured,
        coalesce(captured.unfiltered_lists, 0) = 0 as is_missing,
        {{ newest_load([ref('fct_daily_box_office')]) }} as loaded_until
    from calendar
    inner join span
        on calendar.date_day between span.first_date and span.newest_date
    left join captured
        on calendar.date_day = captured.target_date
)

select * from final
