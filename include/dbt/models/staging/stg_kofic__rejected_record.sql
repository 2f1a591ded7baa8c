with

source as (
    select * from {{ source('kofic', 'rejected_record') }}
),

final as (
    select
        table_name,
        endpoint,
        params,
        reason,
        position as record_position,
        part as part_number,
        record_part,
        captured_at,
        source_object,
        {{ kst_date('captured_at') }} as captured_on
    from source
)

select * from final
