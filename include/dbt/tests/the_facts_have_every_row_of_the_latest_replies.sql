-- Days on which the fact table has other rows than the latest replies, of the days that its last run built.
{% set days = column_of('select distinct target_date from ' ~ get_where_subquery(ref('fct_daily_box_office'))) %}

with

counted as (
    select
        target_date,
        1 as row_count
    from {{ ref('stg_kofic__daily_box_office') }}
    where {{ is_one_of_days('target_date', days) }}
    union all
    select
        target_date,
        -1 as row_count
    from {{ ref('fct_daily_box_office') }}
    where {{ is_one_of_days('target_date', days) }}
)

select
    target_date,
    sum(row_count) as rows_lost
from counted
group by target_date
having sum(row_count) <> 0
