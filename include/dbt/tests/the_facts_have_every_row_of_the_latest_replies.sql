-- Days on which the fact table has other rows than the latest replies. Rows are counted on the days that the last week's
-- loads brought, because sorting every reply of twenty years takes seconds; a missing day is found whatever its age.
with

reply as (
    select * from {{ ref('stg_kofic__daily_box_office') }}
),

fact as (
    select * from {{ ref('fct_daily_box_office') }}
),

capture as (
    select * from {{ source('kofic', 'daily_box_office') }}
),

load_audit as (
    select * from {{ source('kofic', 'load_audit') }}
    where table_name = 'daily_box_office'
),

loaded as (
    select
        min(first_target_date) as first_day,
        max(last_target_date) as last_day
    from load_audit
    where loaded_at > (select max(newest.loaded_at) - interval '7 days' from load_audit as newest)
),

counted as (
    select
        target_date,
        1 as row_count
    from reply
    where target_date between (select loaded.first_day from loaded) and (select loaded.last_day from loaded)
    union all
    select
        target_date,
        -1 as row_count
    from fact
    where target_date between (select loaded.first_day from loaded) and (select loaded.last_day from loaded)
),

differing as (
    select target_date
    from counted
    group by target_date
    having sum(row_count) <> 0
),

captured as (
    select distinct target_date from capture
),

kept as (
    select distinct target_date from fact
),

missing as (
    select captured.target_date
    from captured
    left join kept
        on captured.target_date = kept.target_date
    where kept.target_date is null
),

final as (
    select target_date from differing
    union
    select target_date from missing
)

select * from final
