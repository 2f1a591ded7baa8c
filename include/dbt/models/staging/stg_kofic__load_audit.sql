with

source as (
    select * from {{ source('kofic', 'load_audit') }}
),

ranked as (
    select
        *,
        row_number() over (partition by table_name, source_object order by loaded_at desc) as recency
    from source
),

final as (
    select
        table_name,
        source_object,
        row_count,
        loaded_at
    from ranked
    where recency = 1
)

select * from final
