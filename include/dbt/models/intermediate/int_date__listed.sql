{{ config(sort=['date_day'], dist='all') }}

with

holiday as (
    select * from {{ ref('korean_holiday') }}
),

-- To the end of the last year whose holidays are known: as many days on the first morning as after twenty years.
bounded as (
    select
        cast('{{ var("calendar_first_date") }}' as date) as first_date,
        {{ year_start_after('max(holiday_date)', 1) }} as first_date_after
    from holiday
),

digit as (
    {{ digits() }}
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
