-- A table, because it reads a mart: a full refresh of fct_daily_box_office on PostgreSQL drops the views on top of it.
{{ config(materialized='table', sort=['date_day'], dist='all') }}

with

box_office as (
    select * from {{ ref('fct_daily_box_office') }}
),

span as (
    select
        cast('{{ var("calendar_first_date") }}' as date) as first_date,
        coalesce(max(target_date), {{ current_kst_date() }}) as newest_date
    from box_office
),

-- From here to the end of the year after the newest date.
bounded as (
    select
        first_date,
        {{ year_start_after('newest_date', 2) }} as first_date_after
    from span
),

digit as (
    select 0 as n
    union all
    select 1
    union all
    select 2
    union all
    select 3
    union all
    select 4
    union all
    select 5
    union all
    select 6
    union all
    select 7
    union all
    select 8
    union all
    select 9
),

-- 100,000 numbers: enough days until the year 2277.
number as (
    select ones.n + 10 * tens.n + 100 * hundreds.n + 1000 * thousands.n + 10000 * ten_thousands.n as n
    from digit as ones
    cross join digit as tens
    cross join digit as hundreds
    cross join digit as thousands
    cross join digit as ten_thousands
),

final as (
    select bounded.first_date + number.n as date_day
    from bounded
    cross join number
    where bounded.first_date + number.n < bounded.first_date_after
)

select * from final
