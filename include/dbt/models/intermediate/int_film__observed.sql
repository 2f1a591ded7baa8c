{{ config(sort=['movie_cd'], dist='movie_cd') }}

with

box_office as (
    select * from {{ ref('fct_daily_box_office') }}
    where wide_area_cd = 'ALL'
),

film_day as (
    select * from {{ ref('int_film_day__distinct') }}
),

collected_day as (
    select target_date
    from box_office
    where multi_movie_yn = 'ALL' and rep_nation_cd = 'ALL'
    group by target_date
),

-- Days that follow each other differ from their own number by the same day.
numbered_day as (
    select
        target_date,
        target_date - cast(row_number() over (order by target_date) as integer) as stretch
    from collected_day
),

stretch as (
    select
        stretch,
        min(target_date) as collected_from,
        max(target_date) as collected_until
    from numbered_day
    group by stretch
),

charted as (
    select
        movie_cd,
        max(sales_acc) as lifetime_sales,
        max(audi_acc) as lifetime_admissions,
        max(scrn_cnt) as peak_screens,
        count(distinct case
            when multi_movie_yn = 'ALL' and rep_nation_cd = 'ALL' then target_date
        end) as days_in_top_ten
    from box_office
    group by movie_cd
),

dated as (
    select
        *,
        row_number() over (partition by movie_cd order by target_date desc) as recency
    from film_day
),

summed as (
    select
        movie_cd,
        min(target_date) as observed_from,
        max(target_date) as observed_until,
        count(*) as days_charted,
        sum(sales) as observed_sales,
        sum(admissions) as observed_admissions,
        max(case when recency = 1 then sales_acc end) as last_sales_acc,
        max(case when recency = 1 then audi_acc end) as last_audi_acc
    from dated
    group by movie_cd
),

final as (
    select
        summed.movie_cd,
        summed.observed_from,
        summed.observed_until,
        summed.days_charted,
        charted.days_in_top_ten,
        charted.peak_screens,
        summed.observed_sales,
        summed.observed_admissions,
        summed.last_sales_acc - summed.observed_sales as unobserved_sales,
        summed.last_audi_acc - summed.observed_admissions as unobserved_admissions,
        charted.lifetime_sales,
        charted.lifetime_admissions,
        stretch.collected_from,
        stretch.collected_until
    from summed
    inner join charted
        on summed.movie_cd = charted.movie_cd
    left join stretch
        on summed.observed_until between stretch.collected_from and stretch.collected_until
)

select * from final
