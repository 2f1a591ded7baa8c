{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='target_date',
    on_schema_change='fail',
    sort=['target_date'],
    dist='movie_cd',
    indexes=[
        {'columns': ['target_date']},
        {'columns': ['movie_cd', 'target_date']},
    ] if target.type == 'postgres' else [],
    post_hook="
        delete from {{ this }}
        where target_date in (
            select held.target_date
            from (select distinct target_date from {{ this }}) as held
            left join (select distinct target_date from {{ source('kofic', 'daily_box_office') }}) as captured
                on held.target_date = captured.target_date
            where captured.target_date is null
        )
    ",
) }}

with

box_office as (
    select * from {{ ref('stg_kofic__daily_box_office') }}
    {{ of_days_loaded() }}
),

load_audit as (
    select * from {{ ref('stg_kofic__load_audit') }}
    where table_name = 'daily_box_office'
),

final as (
    select
        box_office.target_date,
        cast(box_office.multi_movie_yn as varchar(64)) as multi_movie_yn,
        cast(box_office.rep_nation_cd as varchar(64)) as rep_nation_cd,
        cast(box_office.wide_area_cd as varchar(64)) as wide_area_cd,
        cast(box_office.movie_cd as varchar(64)) as movie_cd,
        cast(box_office.movie_nm as varchar(1024)) as movie_nm,
        box_office.rank,
        box_office.rank_inten,
        box_office.rank_old_and_new = 'NEW' as is_new,
        box_office.open_dt,
        cast(box_office.target_date - box_office.open_dt as bigint) as days_since_open,
        box_office.sales_amt,
        cast(box_office.sales_share as numeric(9, 4)) as sales_share,
        box_office.sales_inten,
        cast(box_office.sales_change as numeric(18, 4)) as sales_change,
        box_office.sales_acc,
        box_office.audi_cnt,
        box_office.audi_inten,
        cast(box_office.audi_change as numeric(18, 4)) as audi_change,
        box_office.audi_acc,
        box_office.scrn_cnt,
        box_office.show_cnt,
        {{ ratio('box_office.sales_amt', 'box_office.scrn_cnt') }} as sales_per_screen,
        {{ ratio('box_office.sales_amt', 'box_office.show_cnt') }} as sales_per_showing,
        {{ ratio('box_office.audi_cnt', 'box_office.scrn_cnt') }} as admissions_per_screen,
        {{ ratio('box_office.audi_cnt', 'box_office.show_cnt') }} as admissions_per_showing,
        {{ ratio('box_office.show_cnt', 'box_office.scrn_cnt') }} as showings_per_screen,
        {{ ratio('box_office.sales_amt', 'box_office.audi_cnt') }} as average_ticket_price,
        box_office.captured_at,
        cast(box_office.source_object as varchar(1024)) as source_object,
        load_audit.loaded_at
    from box_office
    left join load_audit
        on box_office.source_object = load_audit.source_object
)

select * from final
