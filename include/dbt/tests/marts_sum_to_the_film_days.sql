-- Each mart that sums film-days, against the film-days: a period stands here where the two differ.
-- Summed before they are united, and cast: a UNION keeps 19 digits of a DECIMAL on Redshift, and the shares have 28.
with

film_day as (
    select
        target_date,
        movie_cd,
        cast(sales as numeric(18, 4)) as sales,
        cast(admissions as numeric(18, 4)) as admissions
    from {{ ref('int_film_day__distinct') }}
),

calendar as (
    select * from {{ ref('dim_date') }}
),

window_day as (
    select
        holiday.holiday_nm,
        holiday.holiday_date,
        calendar.date_day
    from {{ ref('holiday_window') }} as holiday
    inner join calendar
        on calendar.date_day between holiday.window_first and holiday.window_last
),

film_month as (
    select
        *,
        cast(date_trunc('month', target_date) as date) as month_start
    from film_day
),

season as (
    select
        season_start,
        cast(sum(sales_even) as numeric(18, 4)) as sales,
        cast(sum(admissions_even) as numeric(18, 4)) as admissions
    from {{ ref('season_genre') }}
    group by season_start
),

holiday as (
    select
        holiday_nm,
        holiday_date,
        cast(sum(sales_even) as numeric(18, 4)) as sales,
        cast(sum(admissions_even) as numeric(18, 4)) as admissions
    from {{ ref('holiday_genre') }}
    group by holiday_nm, holiday_date
),

company as (
    select
        company_part_nm || ' ' || movie_cd as part,
        month_start,
        cast(sum(sales_even) as numeric(18, 4)) as sales,
        cast(sum(admissions_even) as numeric(18, 4)) as admissions
    from {{ ref('company_month') }}
    group by company_part_nm || ' ' || movie_cd, month_start
),

signed as (
    select
        'daily_totals' as mart,
        '' as part,
        target_date as period,
        cast(sales as numeric(18, 4)) as sales,
        cast(admissions as numeric(18, 4)) as admissions
    from {{ ref('daily_totals') }}
    union all
    select 'daily_totals', '', target_date, -sales, -admissions from film_day
    union all
    select 'season_genre', '', season_start, sales, admissions from season
    union all
    select 'season_genre', '', calendar.season_start_date, -film_day.sales, -film_day.admissions
    from film_day
    inner join calendar
        on film_day.target_date = calendar.date_day
    union all
    select 'holiday_genre', holiday_nm, holiday_date, sales, admissions from holiday
    union all
    select 'holiday_genre', window_day.holiday_nm, window_day.holiday_date, -film_day.sales, -film_day.admissions
    from window_day
    inner join film_day
        on window_day.date_day = film_day.target_date
    union all
    select 'company_month', part, month_start, sales, admissions from company
    union all
    select 'company_month', '배급사 ' || movie_cd, month_start, -sales, -admissions from film_month
    union all
    select 'company_month', '제작·수입사 ' || movie_cd, month_start, -sales, -admissions from film_month
)

select
    mart,
    part,
    period,
    sum(sales) as sales_off,
    sum(admissions) as admissions_off
from signed
group by mart, part, period
having sum(sales) <> 0 or sum(admissions) <> 0
