{{ config(sort=['date_day'], dist='all') }}

with

day_listed as (
    select * from {{ ref('int_date__listed') }}
),

holiday as (
    select * from {{ ref('korean_holiday') }}
),

-- 1900-01-01 was a Monday. Counting from it needs neither database's own idea of a week.
numbered as (
    select
        date_day,
        mod(date_day - cast('1900-01-01' as date), 7) + 1 as weekday_number,
        cast(extract(year from date_day) as bigint) as year_number,
        cast(extract(month from date_day) as bigint) as month_number
    from day_listed
),

-- An ISO week belongs to the year of its Thursday.
with_week as (
    select
        *,
        date_day - (weekday_number - 1) as week_start_date,
        date_day - (weekday_number - 1) + 3 as week_thursday
    from numbered
),

final as (
    select
        with_week.date_day,
        with_week.year_number,
        cast((with_week.month_number + 2) / 3 as bigint) as quarter_number,
        with_week.month_number,
        cast(date_trunc('month', with_week.date_day) as date) as month_start_date,
        cast(extract(year from with_week.week_thursday) as bigint) as iso_year_number,
        cast(
            (with_week.week_thursday - cast(date_trunc('year', with_week.week_thursday) as date)) / 7 + 1 as bigint
        ) as iso_week_number,
        with_week.week_start_date,
        cast(with_week.weekday_number as bigint) as weekday_number,
        cast(
            case with_week.weekday_number
                when 1 then '월요일'
                when 2 then '화요일'
                when 3 then '수요일'
                when 4 then '목요일'
                when 5 then '금요일'
                when 6 then '토요일'
                else '일요일'
            end as varchar(64)
        ) as weekday_name,
        cast(
            case
                when with_week.month_number between 3 and 5 then '봄'
                when with_week.month_number between 6 and 8 then '여름'
                when with_week.month_number between 9 and 11 then '가을'
                else '겨울'
            end as varchar(64)
        ) as season,
        cast(
            case
                when with_week.month_number = 12 then with_week.year_number + 1
                else with_week.year_number
            end as bigint
        ) as season_year_number,
        cast(
            case
                when with_week.month_number < 3 then cast(with_week.year_number - 1 as varchar(4)) || '-12-01'
                when with_week.month_number < 6 then cast(with_week.year_number as varchar(4)) || '-03-01'
                when with_week.month_number < 9 then cast(with_week.year_number as varchar(4)) || '-06-01'
                when with_week.month_number < 12 then cast(with_week.year_number as varchar(4)) || '-09-01'
                else cast(with_week.year_number as varchar(4)) || '-12-01'
            end as date
        ) as season_start_date,
        with_week.weekday_number >= 6 as is_weekend,
        holiday.holiday_date is not null as is_public_holiday,
        with_week.weekday_number >= 6 or holiday.holiday_date is not null as is_day_off,
        cast(holiday.holiday_name as varchar(256)) as holiday_name
    from with_week
    left join holiday
        on with_week.date_day = holiday.holiday_date
)

select * from final
