{{ config(sort=['holiday_date'], dist='all') }}

{% set public_holidays = [
    ('신정연휴', '신정', 'false'),
    ('설날', '설날', 'true'),
    ('삼일절', '삼일절', 'false'),
    ('식목일', '식목일', 'false'),
    ('노동절', '노동절', 'false'),
    ('어린이날', '어린이날', 'false'),
    ('석가탄신일', '부처님오신날', 'true'),
    ('부처님오신날', '부처님오신날', 'true'),
    ('현충일', '현충일', 'false'),
    ('제헌절', '제헌절', 'false'),
    ('광복절', '광복절', 'false'),
    ('추석', '추석', 'true'),
    ('개천절', '개천절', 'false'),
    ('한글날', '한글날', 'false'),
] %}
{% set fixed_windows = [
    ('밸런타인데이', '-02-14', 1),
    ('화이트데이', '-03-14', 1),
    ('핼러윈', '-10-31', 6),
    ('크리스마스', '-12-25', 1),
] %}

with

public_holiday as (
    select * from {{ ref('korean_holiday') }}
),

calendar as (
    select * from {{ ref('dim_date') }}
),

last_day as (
    select max(date_day) as date_day from calendar
),

-- The holidays that return every year. Election days, temporary and substitute holidays are only part of a window.
named as (
    {% for seed_name, holiday_nm, is_lunar in public_holidays %}
        select
            cast('{{ seed_name }}' as varchar(64)) as seed_name,
            cast('{{ holiday_nm }}' as varchar(64)) as holiday_nm,
            {{ is_lunar }} as is_lunar
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

-- Two holidays on one day are one row of the seed, their names joined with "; ".
day_off as (
    select
        named.holiday_nm,
        named.is_lunar,
        public_holiday.holiday_date
    from public_holiday
    inner join named
        on '; ' || public_holiday.holiday_name || ';' like '%; ' || named.seed_name || ';%'
),

digit as (
    {{ digits() }}
),

-- 20 days either way: no run of days off was ever half as long.
distance as (
    select ones.n + 10 * tens.n - 20 as n
    from digit as ones
    cross join digit as tens
    where ones.n + 10 * tens.n <= 40
),

-- 1900-01-01 was a Monday, as in dim_date, which starts after the holidays of 2003 did.
around as (
    select
        day_off.holiday_nm,
        day_off.is_lunar,
        day_off.holiday_date,
        distance.n,
        mod(day_off.holiday_date + distance.n - cast('1900-01-01' as date), 7) >= 5
        or public_holiday.holiday_date is not null as is_day_off
    from day_off
    cross join distance
    left join public_holiday
        on day_off.holiday_date + distance.n = public_holiday.holiday_date
),

unbroken as (
    select
        holiday_nm,
        is_lunar,
        holiday_date,
        max(case when n < 0 and not is_day_off then n end) + 1 as first_n,
        min(case when n > 0 and not is_day_off then n end) - 1 as last_n
    from around
    group by holiday_nm, is_lunar, holiday_date
),

-- Days that are no day off by themselves, or not for that: the window is a fixed number of days that end on the day.
fixed as (
    {% for holiday_nm, month_day, days_before in fixed_windows %}
        select
            cast('{{ holiday_nm }}' as varchar(64)) as holiday_nm,
            cast('{{ month_day }}' as varchar(8)) as month_day,
            {{ days_before }} as days_before
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

listed_year as (
    select cast(extract(year from holiday_date) as bigint) as year_number
    from public_holiday
    group by extract(year from holiday_date)
),

fixed_day as (
    select
        fixed.holiday_nm,
        fixed.days_before,
        cast(cast(listed_year.year_number as varchar(4)) || fixed.month_day as date) as holiday_date
    from fixed
    cross join listed_year
),

every_window as (
    select
        holiday_nm,
        is_lunar,
        holiday_date,
        holiday_date + first_n as window_first,
        holiday_date + last_n as window_last
    from unbroken
    union all
    select
        holiday_nm,
        false as is_lunar,
        holiday_date,
        holiday_date - days_before as window_first,
        holiday_date as window_last
    from fixed_day
),

final as (
    select
        cast(every_window.holiday_nm as varchar(64)) as holiday_nm,
        cast(extract(year from every_window.holiday_date) as bigint) as holiday_year,
        every_window.holiday_date,
        every_window.window_first,
        every_window.window_last,
        every_window.is_lunar
    from every_window
    inner join last_day
        on every_window.holiday_date <= last_day.date_day
)

select * from final
