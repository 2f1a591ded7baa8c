{{ config(sort=['holiday_date'], dist='all') }}

with

holiday as (
    select * from {{ ref('korean_holiday_window') }}
),

final as (
    select
        holiday_nm,
        cast(extract(year from holiday_date) as bigint) as holiday_year,
        holiday_date,
        window_first,
        window_last,
        is_lunar
    from holiday
)

select * from final
