{{ config(
    materialized='incremental',
    incremental_strategy='rebuild_days',
    unique_key='target_date',
    on_schema_change='fail',
    sort=['target_date'],
    dist='even',
    indexes=[
        {'columns': ['target_date']},
        {'columns': ['source_object']},
        {'columns': ['loaded_at']},
    ],
) }}

{% set captures = source('kofic', 'daily_box_office') %}
{% set audit = ref('stg_kofic__load_audit') %}

with

capture as (
    select * from {{ captures }}
    where
        multi_movie_yn = 'ALL' and rep_nation_cd = 'ALL' and wide_area_cd = 'ALL'
        {% if is_incremental() %}
            and {{ is_one_of_days('target_date', days_to_rebuild(this, captures, audit)) }}
        {% endif %}
),

load_audit as (
    select * from {{ ref('stg_kofic__load_audit') }}
    where table_name = 'daily_box_office'
),

compared as (
    select
        target_date,
        source_object,
        sales_amt,
        audi_cnt,
        {{ kst_date('captured_at') }} - target_date as days_after,
        lag(sales_amt) over (
            partition by target_date, movie_cd
            order by captured_at, source_object
        ) as sales_before,
        lag(audi_cnt) over (
            partition by target_date, movie_cd
            order by captured_at, source_object
        ) as audi_before
    from capture
),

differing as (
    select
        compared.target_date,
        compared.days_after,
        compared.source_object,
        compared.audi_before,
        abs(compared.audi_cnt - compared.audi_before) as admissions_off,
        abs(compared.sales_amt - compared.sales_before) as sales_off,
        load_audit.loaded_at
    from compared
    left join load_audit
        on compared.source_object = load_audit.source_object
),

final as (
    select
        target_date,
        cast(days_after as bigint) as days_after,
        cast(count(*) as bigint) as rows_captured,
        cast(count(audi_before) as bigint) as rows_compared,
        cast(sum(case when admissions_off <> 0 or sales_off <> 0 then 1 else 0 end) as bigint) as rows_revised,
        cast(coalesce(sum(admissions_off), 0) as bigint) as admissions_revised,
        cast(coalesce(sum(sales_off), 0) as bigint) as sales_revised,
        cast(
            coalesce(max(cast(100 * admissions_off as numeric(20, 4)) / nullif(audi_before, 0)), 0) as numeric(18, 4)
        ) as largest_change_pct,
        cast(max(source_object) as varchar(1024)) as source_object,
        max(loaded_at) as loaded_at
    from differing
    group by target_date, days_after
)

select * from final
