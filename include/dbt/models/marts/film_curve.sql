{{ config(sort=['day_no'], dist='movie_cd') }}

{# A film's run is told by its first hundred days: what returns to the lists later is another showing. #}
{%- set days_shown = 100 -%}

with

film_day as (
    select * from {{ ref('int_film_day__distinct') }}
),

opening as (
    select * from {{ ref('film_opening') }}
),

digit as (
    {{ digits() }}
),

day_number as (
    select cast(ones.n + 10 * tens.n + 1 as integer) as day_no
    from digit as ones
    cross join digit as tens
    where 10 * tens.n + ones.n < {{ days_shown }}
),

film_run as (
    select
        opening.movie_cd,
        opening.is_running,
        opening.opening_day_admissions,
        opening.days_to_last_listing,
        day_number.day_no,
        opening.open_dt + day_number.day_no - 1 as target_date
    from opening
    cross join day_number
),

listed as (
    select
        film_run.*,
        film_day.admissions,
        film_day.audi_acc,
        film_day.screens,
        max(film_day.audi_acc) over (
            partition by film_run.movie_cd
            order by film_run.day_no
            rows unbounded preceding
        ) as last_known_audi_acc
    from film_run
    left join film_day
        on
            film_run.movie_cd = film_day.movie_cd
            and film_run.target_date = film_day.target_date
),

-- The same films on every day: with those that still run, the survivors would grow where a young film has no day yet;
-- and the median of the totals would fall where a film comes to the lists late.
ended as (
    select * from listed
    where not is_running
),

-- One SELECT each: on Redshift, the sort-based aggregates of a SELECT share one order (guide: r_LISTAGG).
typical as (
    select
        day_no,
        percentile_cont(0.5) within group (order by admissions) as median_admissions
    from ended
    where admissions is not null
    group by day_no
),

typical_acc as (
    select
        day_no,
        percentile_cont(0.5) within group (order by last_known_audi_acc) as median_audi_acc
    from ended
    where opening_day_admissions is not null
    group by day_no
),

survival as (
    select
        day_no,
        count(*) as films,
        sum(case when days_to_last_listing >= day_no then 1 else 0 end) as films_left
    from ended
    group by day_no
),

final as (
    select
        listed.movie_cd,
        opening.film_label,
        opening.open_dt,
        opening.nation_nm,
        opening.film_type_nm,
        opening.genre_nm,
        opening.distributor_nm,
        cast(listed.day_no as bigint) as day_no,
        listed.target_date,
        listed.admissions,
        listed.audi_acc,
        listed.screens,
        cast(typical.median_admissions as numeric(18, 2)) as median_admissions,
        cast(typical_acc.median_audi_acc as numeric(18, 2)) as median_audi_acc,
        cast(survival.films_left as bigint) as films_left,
        cast(cast(survival.films_left as numeric(20, 4)) / survival.films as numeric(18, 4)) as survival_share
    from listed
    inner join opening
        on listed.movie_cd = opening.movie_cd
    left join survival
        on listed.day_no = survival.day_no
    left join typical
        on listed.day_no = typical.day_no
    left join typical_acc
        on listed.day_no = typical_acc.day_no
    -- Up to the last day on a list: a day off the lists is a row without figures, so that a curve has a gap there.
    where listed.day_no <= listed.days_to_last_listing
)

select * from final
