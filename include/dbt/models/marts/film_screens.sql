{{ config(sort=['open_dt'], dist='movie_cd') }}

with

film as (
    select
        *,
        case when peak_screens > 0 then ln(cast(peak_screens as double precision)) end as log_screens,
        case when observed_admissions > 0 then ln(cast(observed_admissions as double precision)) end as log_admissions
    from {{ ref('film_performance') }}
),

film_day as (
    select * from {{ ref('int_film_day__distinct') }}
),

-- The line of least squares through the logarithms: admissions = e^intercept * screens^slope.
sloped as (
    select
        {{ slope('log_screens', 'log_admissions') }} as slope,
        avg(log_screens) as screens,
        avg(log_admissions) as admissions
    from film
    where
        observation_nm = '개봉부터 관측'
        and peak_screens >= {{ var('wide_release_screens') }}
        and log_admissions is not null
    having count(*) >= 10
),

fitted as (
    select
        slope,
        admissions - slope * screens as intercept
    from sloped
),

day_total as (
    select
        target_date,
        sum(screens) as screens,
        sum(sales) as sales
    from film_day
    group by target_date
),

shared as (
    select
        film_day.movie_cd,
        {{ ratio('sum(film_day.screens) * 100', 'sum(day_total.screens)') }} as screen_share,
        {{ ratio('sum(film_day.sales) * 100', 'sum(day_total.sales)') }} as sales_share
    from film_day
    inner join day_total
        on film_day.target_date = day_total.target_date
    where film_day.screens is not null
    group by film_day.movie_cd
),

expected as (
    select
        film.*,
        shared.screen_share,
        shared.sales_share,
        exp(fitted.intercept + fitted.slope * film.log_screens) as expected_admissions
    from film
    inner join shared
        on film.movie_cd = shared.movie_cd
    left join fitted
        on film.peak_screens >= {{ var('wide_release_screens') }}
),

final as (
    select
        movie_cd,
        movie_nm,
        film_label,
        open_dt,
        observation_nm,
        nation_nm,
        film_type_nm,
        genre_nm,
        distributor_nm,
        peak_screens,
        observed_admissions,
        observed_sales,
        is_running,
        cast(round(cast(expected_admissions as numeric(28, 8)), 0) as bigint) as expected_admissions,
        screen_share,
        sales_share
    from expected
)

select * from final
