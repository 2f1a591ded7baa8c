{{ config(
    materialized='incremental',
    unique_key='captured_on',
    sort=['captured_on'],
    dist='all',
    indexes=[{'columns': ['captured_on']}, {'columns': ['loaded_until']}],
) }}

{% set days = capture_days_to_rebuild(['api_call']) %}

{{ rebuilds(days) }}

with

api_call as (
    select * from {{ ref('stg_kofic__api_call') }}
    {{ only_captured_on(days) }}
),

final as (
    select
        captured_on,
        cast(count(*) as bigint) as calls,
        cast(sum(attempts) as bigint) as attempts,
        cast(3000 as bigint) as quota,
        cast(cast(sum(attempts) as numeric(20, 4)) / 3000 as numeric(9, 4)) as quota_share,
        cast(sum(rejected) as bigint) as rejected,
        cast(avg(cast(elapsed_ms as numeric(20, 4))) as numeric(18, 2)) as mean_elapsed_ms,
        {{ newest_load() }} as loaded_until
    from api_call
    group by captured_on
)

select * from final
