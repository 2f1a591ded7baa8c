{{ config(sort=['holiday_date'], dist='all') }}

with

film_day as (
    select * from {{ ref('int_film_day__distinct') }}
),

film_genre as (
    select * from {{ ref('int_film_genre__shared') }}
),

genre as (
    select * from {{ ref('int_genre__grouped') }}
),

holiday as (
    select * from {{ ref('holiday_window') }}
),

calendar as (
    select * from {{ ref('dim_date') }}
),

-- The windows day by day first: the film-days then meet them on equal dates, not on a range.
window_day as (
    select
        holiday.*,
        calendar.date_day
    from holiday
    inner join calendar
        on calendar.date_day between holiday.window_first and holiday.window_last
),

film_holiday as (
    select
        window_day.holiday_nm,
        window_day.holiday_year,
        window_day.holiday_date,
        window_day.window_first,
        window_day.window_last,
        film_day.movie_cd,
        sum(film_day.sales) as sales,
        sum(film_day.admissions) as admissions
    from film_day
    inner join window_day
        on film_day.target_date = window_day.date_day
    group by
        window_day.holiday_nm,
        window_day.holiday_year,
        window_day.holiday_date,
        window_day.window_first,
        window_day.window_last,
        film_day.movie_cd
),

split as (
    select
        film_holiday.*,
        film_genre.nation_nm,
        film_genre.film_type_nm,
        film_genre.genre_nm,
        genre.genre_group_nm,
        film_genre.even_share
    from film_holiday
    inner join film_genre
        on film_holiday.movie_cd = film_genre.movie_cd
    inner join genre
        on film_genre.genre_nm = genre.genre_nm
),

final as (
    select
        holiday_nm,
        holiday_year,
        holiday_date,
        window_first,
        window_last,
        genre_nm,
        genre_group_nm,
        nation_nm,
        film_type_nm,
        cast(count(*) as bigint) as films,
        cast(sum(admissions) as bigint) as admissions_full,
        cast(sum(admissions * even_share) as numeric(28, 8)) as admissions_even,
        cast(sum(sales) as bigint) as sales_full,
        cast(sum(sales * even_share) as numeric(28, 8)) as sales_even
    from split
    group by
        holiday_nm,
        holiday_year,
        holiday_date,
        window_first,
        window_last,
        genre_nm,
        genre_group_nm,
        nation_nm,
        film_type_nm
)

select * from final
