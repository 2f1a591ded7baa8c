with

source as (
    select * from {{ source('kofic', 'api_call') }}
),

final as (
    select
        endpoint,
        params,
        attempts,
        records,
        rejected,
        elapsed_ms,
        captured_at,
        source_object,
        {{ kst_date('captured_at') }} as captured_on
    from source
)

select * from final
