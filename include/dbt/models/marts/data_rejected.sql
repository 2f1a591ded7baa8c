{{ config(sort=['captured_on'], dist='all') }}

with

rejected_record as (
    select * from {{ ref('stg_kofic__rejected_record') }}
),

api_call as (
    select * from {{ ref('stg_kofic__api_call') }}
),

-- A record too long for one column has several rows; its first piece counts.
counted as (
    select
        table_name,
        reason,
        captured_on,
        sum(case when part_number = 1 then 1 else 0 end) as rejected_records
    from rejected_record
    group by table_name, reason, captured_on
),

sound_day as (
    select api_call.captured_on
    from api_call
    left join counted
        on api_call.captured_on = counted.captured_on
    where counted.captured_on is null
    group by api_call.captured_on
),

final as (
    select
        captured_on,
        cast(table_name as varchar(64)) as table_name,
        cast(reason as varchar(4096)) as reason,
        cast(rejected_records as bigint) as rejected_records
    from counted
    union all
    select
        captured_on,
        cast('-' as varchar(64)) as table_name,
        cast('거부 없음' as varchar(4096)) as reason,
        cast(0 as bigint) as rejected_records
    from sound_day
)

select * from final
