{{ config(
    materialized='incremental',
    unique_key='target_date',
    sort=['target_date'],
    dist='movie_cd',
    indexes=[
        {'columns': ['target_date']},
        {'columns': ['movie_cd', 'target_date']},
        {'columns': ['loaded_until']},
    ],
) }}

{% set days = days_to_rebuild() %}

{{ rebuilds(days) }}

with

box_office as (
    select * from {{ ref('stg_kofic__daily_box_office') }}
    {{ only('target_date', days) }}
),

final as (
    select
        target_date,
        cast(multi_movie_yn as varchar(64)) as multi_movie_yn,
        cast(rep_nation_cd as varchar(64)) as rep_nation_cd,
        cast(wide_area_cd as varchar(64)) as wide_area_cd,
        cast(movie_cd as varchar(64)) as movie_cd,
        cast(movie_nm as varchar(1024)) as movie_nm,
        rank,
        rank_inten,
        rank_old_and_new = 'NEW' as is_new,
        open_dt,
        cast(target_date - open_dt as bigint) as days_since_open,
        sales_amt,
        cast(sales_share as numeric(9, 4)) as sales_share,
        sales_inten,
        cast(sales_change as numeric(18, 4)) as sales_change,
        sales_acc,
        audi_cnt,
        audi_inten,
        cast(audi_change as numeric(18, 4)) as audi_change,
        audi_acc,
        scrn_cnt,
        show_cnt,
        {{ ratio('sales_amt', 'scrn_cnt') }} as sales_per_screen,
        {{ ratio('sales_amt', 'show_cnt') }} as sales_per_showing,
        {{ ratio('audi_cnt', 'scrn_cnt') }} as admissions_per_screen,
        {{ ratio('audi_cnt', 'show_cnt') }} as admissions_per_showing,
        {{ ratio('show_cnt', 'scrn_cnt') }} as showings_per_screen,
        {{ ratio('sales_amt', 'audi_cnt') }} as average_ticket_price,
        captured_at,
        cast(source_object as varchar(1024)) as source_object,
        {{ newest_load() }} as loaded_until
    from box_office
)

select * from final
