{{ config(sort=['rank'], dist='all') }}

with

box_office as (
    select * from {{ ref('fct_daily_box_office') }}
    where multi_movie_yn = 'ALL' and rep_nation_cd = 'ALL' and wide_area_cd = 'ALL'
),

film as (
    select * from {{ ref('film_performance') }}
),

newest as (
    select max(target_date) as target_date from box_office
),

-- KOFIC sends 100 % for a film of which it has nothing on the day before: that is no change.
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
        cast(
            case when box_office.sales_inten <> box_office.sales_amt then box_office.sales_change end as numeric(18, 4)
        ) as sales_change,
        box_office.audi_cnt,
        box_office.audi_inten,
        cast(
            case when box_office.audi_inten <> box_office.audi_cnt then box_office.audi_change end as numeric(18, 4)
        ) as audi_change,
        box_office.audi_acc,
        box_office.sales_acc,
        box_office.scrn_cnt,
        box_office.show_cnt
    from box_office
    inner join film
        on box_office.movie_cd = film.movie_cd
    -- Not a join: before PostgreSQL has statistics of a new fact table, it would look up the film of every row.
    where box_office.target_date = (select newest.target_date from newest)
)

select * from final
