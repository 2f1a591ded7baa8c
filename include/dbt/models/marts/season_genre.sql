{{ config(sort=['season_start'], dist='all') }}

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

calendar as (
    select * from {{ ref('dim_date') }}
),

film_season as (
    select
        calendar.season_start_date,
        calendar.season_year_number,
        calendar.season,
        film_day.movie_cd,
        sum(film_day.sales) as sales,
        sum(film_day.admissions) as admissions
    from film_day
    inner join calendar
        on film_day.target_date = calendar.date_day
    group by calendar.season_start_date, calendar.season_year_number, calendar.season, film_day.movie_cd
),

captured_day as (
    select target_date
    from film_day
    group by target_date
),

season_day as (
    select
        calendar.season_start_date,
        count(*) as days,
        count(captured_day.target_date) as days_captured
    from calendar
    left join captured_day
        on calendar.date_day = captured_day.target_date
    group by calendar.season_start_date
),

split as (
    select
        film_season.*,
        case
            when season_day.days_captured < season_day.days
                then '(' || cast(season_day.days_captured as varchar(16)) || '일)'
            else ''
        end as days_txt,
        film_genre.nation_nm,
        film_genre.film_type_nm,
        film_genre.genre_nm,
        genre.genre_group_nm,
        film_genre.even_share
    from film_season
    inner join film_genre
        on film_season.movie_cd = film_genre.movie_cd
    inner join genre
        on film_genre.genre_nm = genre.genre_nm
    inner join season_day
        on film_season.season_start_date = season_day.season_start_date
),

final as (
    select
        season_start_date as season_start,
        season_year_number as season_year,
        season as season_nm,
        cast(
            case season
                when '겨울' then 1
                when '봄' then 2
                when '여름' then 3
                else 4
            end as bigint
        ) as season_order,
        cast(cast(season_year_number as varchar(4)) || ' ' || season || days_txt as varchar(64)) as season_label,
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
    group by season_start_date, season_year_number, season, days_txt, genre_nm, genre_group_nm, nation_nm, film_type_nm
)

select * from final
