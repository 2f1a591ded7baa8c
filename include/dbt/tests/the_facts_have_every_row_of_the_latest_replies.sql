-- Days on which the fact table has other rows than the latest replies.
with

counted as (
    select
        target_date,
        1 as row_count
    from {{ ref('stg_kofic__daily_box_office') }}
    union all
    select
        target_date,
        -1 as row_count
    from {{ ref('fct_daily_box_office') }}
)

select
    target_date,
    sum(row_count) as rows_lost
from counted
group by target_date
having sum(row_count) <> 0
