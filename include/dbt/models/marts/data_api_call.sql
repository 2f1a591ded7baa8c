{{ config(sort=['captured_on'], dist='all') }}

with

api_call as (
    select * from {{ ref('stg_kofic__api_call') }}
),

final as (
    select
        captured_on,
        cast(count(*) as bigint) as calls,
        cast(sum(attempts) as bigint) as attempts,
        cast(3000 as bigint) as quota,
        cast(cast(sum(attempts) as numeric(20, 4)) / 3000 as numeric(9, 4)) as quota_share,
        cast(sum(rejected) as bigint) as rejected,
        cast(avg(cast(elapsed_ms as numeric(20, 4))) as numeric(18, 2)) as mean_elapsed_ms
    from api_call
    group by captured_on
)

select * from final
