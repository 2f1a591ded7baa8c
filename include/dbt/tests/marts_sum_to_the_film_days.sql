-- Each mart that sums film-days, against the film-days: a period stands here where the two differ.
with

film_day as (
    select
        film_day.*,
        calendar.season_start_date,
        cast(date_trunc('month', film_day.target_date) as date) as month_start
    from {{ ref('int_film_day__distinct') }} as film_day
    inner join {{ ref('dim_date') }} as calendar
        on film_day.target_date = calendar.date_day
),

window_day as (
    select
        holiday.holiday_nm,
        holiday.holiday_date,
        calendar.date_day
    from {{ ref('holiday_window') }} as holiday
    inner join {{ ref('dim_date') }} as calendar
        on calendar.date_day between holiday.window_first and holiday.window_last
),

signed as (
    select 'daily_totals' as mart, '' as part, target_date as period, sales, admissions from {{ ref('daily_totals') }}
    union all
    select 'daily_totals', '', target_date, -sales, -admissions from film_day
    union all
    select 'season_genre', '', season_start, sales_even, admissions_even from {{ ref('season_genre') }}
    union all
    select 'season_genre', '', season_start_date, -sales, -admissions from film_day
    union all
    select 'holiday_genre', holiday_nm, holiday_date, sales_even, admissions_even from {{ ref('holiday_genre') }}
    union all
    select 'holiday_genre', window_day.holiday_nm, window_day.holiday_date, -film_day.sales, -film_day.admissions
    from window_day
    inner join film_day
        on window_day.date_day = film_day.target_date
    union all
    select 'company_month', company_part_nm, month_start, sales_even, admissions_even from {{ ref('company_month') }}
    union all
    select 'company_month', '배급사', month_start, -sales, -admissions from film_day
    union all
    select 'company_month', '제작사', month_start, -sales, -admissions from film_day
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
