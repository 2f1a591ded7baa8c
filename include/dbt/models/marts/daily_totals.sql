{{ config(sort=['target_date'], dist='all') }}

with

film_day as (
    select * from {{ ref('int_film_day__distinct') }}
),

film as (
    select * from {{ ref('film_performance') }}
),

calendar as (
    select * from {{ ref('dim_date') }}
),

summed as (
    select
        film_day.target_date,
        film.nation_nm,
        film.film_type_nm,
        count(*) as films,
        sum(film_day.sales) as sales,
        sum(film_day.admissions) as admissions,
        coalesce(sum(film_day.screens), 0) as screens,
        coalesce(sum(film_day.showings), 0) as showings
    from film_day
    inner join film
        on film_day.movie_cd = film.movie_cd
    group by film_day.target_date, film.nation_nm, film.film_type_nm
),

final as (
    select
        summed.target_date,
        calendar.year_number as year_no,
        calendar.month_number as month_no,
        calendar.weekday_number as iso_weekday,
        cast(substring(calendar.weekday_name, 1, 1) as varchar(64)) as weekday_nm,
        calendar.is_weekend,
        calendar.season as season_nm,
        calendar.is_public_holiday,
        calendar.holiday_name as holiday_nm,
        summed.nation_nm,
        summed.film_type_nm,
        cast(summed.films as bigint) as films,
        cast(summed.sales as bigint) as sales,
        cast(summed.admissions as bigint) as admissions,
        cast(summed.screens as bigint) as screens,
        cast(summed.showings as bigint) as showings
    from summed
    inner join calendar
        on summed.target_date = calendar.date_day
)

select * from final
