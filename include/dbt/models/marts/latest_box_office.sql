{{ config(sort=['rank'], dist='all') }}

{% set facts = ref('fct_daily_box_office') %}

with

-- A literal and not a join with the newest date: it reads one day, whatever the statistics of a fact table just built.
box_office as (
    select * from {{ facts }}
    where
        target_date = {{ newest_listed_day(facts) }}
        and multi_movie_yn = 'ALL' and rep_nation_cd = 'ALL' and wide_area_cd = 'ALL'
),

film as (
    select * from {{ ref('film_performance') }}
    where movie_cd in (select listed.movie_cd from box_office as listed)
),

final as (
    select
        box_office.target_date,
        box_office.rank,
        box_office.rank_inten,
        cast(
            case
                when box_office.is_new then 'NEW'
                when box_office.rank_inten > 0 then '▲' || cast(box_office.rank_inten as varchar(16))
                when box_office.rank_inten < 0 then '▼' || cast(-box_office.rank_inten as varchar(16))
                else '–'
            end as varchar(64)
        ) as movement_txt,
        box_office.movie_cd,
        film.movie_nm,
        film.open_dt,
        film.nation_nm,
        film.film_type_nm,
        film.genre_nm,
        film.distributor_nm,
        box_office.sales_amt,
        box_office.sales_share,
        box_office.sales_change,
        box_office.audi_cnt,
        box_office.audi_inten,
        box_office.audi_change,
        box_office.audi_acc,
        box_office.sales_acc,
        box_office.scrn_cnt,
        box_office.show_cnt
    from box_office
    inner join film
        on box_office.movie_cd = film.movie_cd
)

select * from final
