-- A table, because several marts read it, and because it reads a mart: a full refresh of fct_daily_box_office on
-- PostgreSQL drops the views on top of it. A day changes here only where the fact's day was built again.
{{ config(
    materialized='incremental',
    incremental_strategy='rebuild_days',
    unique_key='target_date',
    on_schema_change='fail',
    sort=['target_date'],
    dist='movie_cd',
    indexes=[
        {'columns': ['target_date']},
        {'columns': ['source_object']},
        {'columns': ['loaded_at']},
    ],
) }}

{% set captures = source('kofic', 'daily_box_office') %}
{% set audit = ref('stg_kofic__load_audit') %}

with

box_office as (
    select * from {{ ref('fct_daily_box_office') }}
    where
        wide_area_cd = 'ALL'
        {% if is_incremental() %}
            and {{ is_one_of_days('target_date', days_to_rebuild(this, captures, audit)) }}
        {% endif %}
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
        scrn_cnt as screens,
        show_cnt as showings,
        cast(source_object as varchar(1024)) as source_object,
        loaded_at
    from ranked
    where recency = 1
)

select * from final
