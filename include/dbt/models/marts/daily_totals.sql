{{ config(sort=['target_date'], dist='all') }}

with

film_day as (
    select * from {{ ref('int_film_day__distinct') }}
),

film as (
    select * from {{ ref('film_performance') }}
),

unfiltered as (
    select * from {{ ref('fct_daily_box_office') }}
    where multi_movie_yn = 'ALL' and rep_nation_cd = 'ALL' and wide_area_cd = 'ALL'
),

calendar as (
    select * from {{ ref('dim_date') }}
),

-- KOFIC publishes no sales of the whole market. The largest film has the share with the smallest error of rounding.
by_size as (
    select
        target_date,
        sales_amt,
        sales_share,
        row_number() over (partition by target_date order by sales_amt desc, movie_cd) as place
    from unfiltered
),

market as (
    select
        target_date,
        cast(cast(sales_amt as numeric(20, 4)) * 100 / nullif(sales_share, 0) as numeric(28, 4)) as sales
    from by_size
    where place = 1
),

listed as (
    select
        target_date,
        sum(sales) as sales
    from film_day
    group by target_date
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
        cast(summed.showings as bigint) as showings,
        cast(round(market.sales, 0) as bigint) as market_sales,
        cast(cast(listed.sales as numeric(20, 4)) / nullif(market.sales, 0) as numeric(18, 4)) as covered_share
    from summed
    inner join calendar
        on summed.target_date = calendar.date_day
    inner join listed
        on summed.target_date = listed.target_date
    left join market
        on summed.target_date = market.target_date
)

select * from final
