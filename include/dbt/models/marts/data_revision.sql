{{ config(sort=['target_date'], dist='even') }}

with

capture as (
    select * from {{ source('kofic', 'daily_box_office') }}
    where multi_movie_yn = 'ALL' and rep_nation_cd = 'ALL' and wide_area_cd = 'ALL'
),

compared as (
    select
        target_date,
        sales_amt,
        audi_cnt,
        {{ kst_date('captured_at') }} - target_date as days_after,
        lag(sales_amt) over (
            partition by target_date, movie_cd
            order by captured_at, source_object
        ) as sales_before,
        lag(audi_cnt) over (
            partition by target_date, movie_cd
            order by captured_at, source_object
        ) as audi_before
    from capture
),

differing as (
    select
        target_date,
        days_after,
        audi_before,
        abs(audi_cnt - audi_before) as admissions_off,
        abs(sales_amt - sales_before) as sales_off
    from compared
),

final as (
    select
        target_date,
        cast(days_after as bigint) as days_after,
        cast(count(*) as bigint) as rows_captured,
        cast(count(audi_before) as bigint) as rows_compared,
        cast(sum(case when admissions_off <> 0 or sales_off <> 0 then 1 else 0 end) as bigint) as rows_revised,
        cast(coalesce(sum(admissions_off), 0) as bigint) as admissions_revised,
        cast(coalesce(sum(sales_off), 0) as bigint) as sales_revised,
        cast(
            coalesce(
                cast(max(cast(100 * admissions_off as numeric(20, 4)) / nullif(audi_before, 0)) as numeric(18, 4)), 0
            ) as numeric(18, 4)
        ) as largest_change_pct
    from differing
    group by target_date, days_after
)

select * from final
