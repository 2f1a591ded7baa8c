{{ config(sort=['rank'], dist='all') }}

with

box_office as (
    select * from {{ ref('fct_daily_box_office') }}
    where multi_movie_yn = 'ALL' and rep_nation_cd = 'ALL' and wide_area_cd = 'ALL'
),

film as (
    select * from {{ ref('film_performance') }}
),

-- A window and not a join with the newest date: PostgreSQL, without statistics of a fact table just built, would join
-- every day with the films first.
ranked as (
    select
        *,
        rank() over (order by target_date desc) as recency
    from box_office
),

newest as (
    select * from ranked
    where recency = 1
),

final as (
    select
        newest.target_date,
        newest.rank,
        newest.rank_inten,
        cast(
            case
                when newest.is_new then 'NEW'
                when newest.rank_inten > 0 then '▲' || cast(newest.rank_inten as varchar(16))
                when newest.rank_inten < 0 then '▼' || cast(-newest.rank_inten as varchar(16))
                else '–'
            end as varchar(64)
        ) as movement_txt,
        newest.movie_cd,
        film.movie_nm,
        film.open_dt,
        film.nation_nm,
        film.film_type_nm,
        film.genre_nm,
        film.distributor_nm,
        newest.sales_amt,
        newest.sales_share,
        newest.sales_change,
        newest.audi_cnt,
        newest.audi_inten,
        newest.audi_change,
        newest.audi_acc,
        newest.sales_acc,
        newest.scrn_cnt,
        newest.show_cnt
    from newest
    inner join film
        on newest.movie_cd = film.movie_cd
)

select * from final
