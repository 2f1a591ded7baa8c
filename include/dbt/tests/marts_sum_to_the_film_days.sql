-- Each mart that sums film-days, against the film-days: a period stands here where the two differ. Of each mart, the
-- periods or films that its last run built.
{% set film_days = ref('int_film_day__distinct') %}
{% set totals = get_where_subquery(ref('daily_totals')) %}
{% set seasons = get_where_subquery(ref('season_genre')) %}
{% set holidays = get_where_subquery(ref('holiday_genre')) %}
{% set companies = get_where_subquery(ref('company_month')) %}
{% set season_starts = column_of('select distinct season_start from ' ~ seasons) %}
{% set season_days = column_of(
    'select date_day from ' ~ ref('dim_date') ~ ' where ' ~ is_one_of_days('season_start_date', season_starts)
) %}
{% set holiday_dates = column_of('select distinct holiday_date from ' ~ holidays) %}
{% set window_days = column_of(
    'select calendar.date_day from ' ~ ref('dim_date') ~ ' as calendar inner join ' ~ ref('holiday_window') ~ ' as holiday '
    'on calendar.date_day between holiday.window_first and holiday.window_last '
    'where ' ~ is_one_of_days('holiday.holiday_date', holiday_dates)
) %}

with

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
    where {{ is_one_of_days('holiday.holiday_date', holiday_dates) }}
),

day_of_totals as (
    select * from {{ film_days }}
    where {{ is_one_of_days('target_date', column_of('select distinct target_date from ' ~ totals)) }}
),

day_of_season as (
    select
        film_day.*,
        calendar.season_start_date
    from {{ film_days }} as film_day
    inner join calendar
        on film_day.target_date = calendar.date_day
    where {{ is_one_of_days('film_day.target_date', season_days) }}
),

day_of_company as (
    select
        *,
        cast(date_trunc('month', target_date) as date) as month_start
    from {{ film_days }}
    where {{ is_one_of('movie_cd', column_of('select distinct movie_cd from ' ~ companies)) }}
),

signed as (
    select 'daily_totals' as mart, '' as part, target_date as period, sales, admissions from {{ totals }}
    union all
    select 'daily_totals', '', target_date, -sales, -admissions from day_of_totals
    union all
    select 'season_genre', '', season_start, sales_even, admissions_even from {{ seasons }}
    union all
    select 'season_genre', '', season_start_date, -sales, -admissions from day_of_season
    union all
    select 'holiday_genre', holiday_nm, holiday_date, sales_even, admissions_even from {{ holidays }}
    union all
    select 'holiday_genre', window_day.holiday_nm, window_day.holiday_date, -film_day.sales, -film_day.admissions
    from window_day
    inner join {{ film_days }} as film_day
        on window_day.date_day = film_day.target_date
    where {{ is_one_of_days('film_day.target_date', window_days) }}
    union all
    select 'company_month', company_part_nm || ' ' || movie_cd, month_start, sales_even, admissions_even from {{ companies }}
    union all
    select 'company_month', '배급사 ' || movie_cd, month_start, -sales, -admissions from day_of_company
    union all
    select 'company_month', '제작·수입사 ' || movie_cd, month_start, -sales, -admissions from day_of_company
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
