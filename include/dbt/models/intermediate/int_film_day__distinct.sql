{{ config(sort=['target_date'], dist='movie_cd') }}

with

box_office as (
    select * from {{ ref('fct_daily_box_office') }}
    where wide_area_cd = 'ALL'
),

-- A film's figures of a day are the same on every national list, except where the lists were captured hours apart.
ranked as (
    select
        *,
        row_number() over (
            partition by target_date, movie_cd
            order by captured_at desc, multi_movie_yn, rep_nation_cd
        ) as recency
    from box_office
),

final as (
    select
        target_date,
        cast(movie_cd as varchar(64)) as movie_cd,
        sales_amt as sales,
        audi_cnt as admissions,
        sales_acc,
        audi_acc,
        scrn_cnt as screens,
        show_cnt as showings
    from ranked
    where recency = 1
)

select * from final
