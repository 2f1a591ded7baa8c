with

source as (
    select * from {{ source('kofic', 'load_audit') }}
),

-- The loader replaces an object's row in the transaction that loads it, so there is one for each.
final as (
    select
        table_name,
        source_object,
        row_count,
        first_target_date,
        last_target_date,
        loaded_at
    from source
)

select * from final
