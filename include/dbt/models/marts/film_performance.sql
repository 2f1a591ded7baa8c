{{ config(sort=['open_dt'], dist='movie_cd') }}

with

movie as (
    select * from {{ ref('dim_movie') }}
    where observed_from is not null
),

titled as (
    select
        *,
        coalesce(movie_nm, movie_cd) as title,
        coalesce(open_dt, observed_from) as known_open_dt
    from movie
),

dated as (
    select
        *,
        cast(extract(year from known_open_dt) as varchar(4)) as open_year
    from titled
),

-- Charts put films on an axis by name: a name that two films share would add them up. Titles that read the same are
-- told apart by the year; a number is needed within a year only, so that a new film never renames those of others.
numbered as (
    select
        *,
        row_number() over (partition by open_year, title order by observed_from, movie_cd) as number_of_title
    from dated
),

classified as (
    select
        *,
        cast(
            case rep_nation_cd
                when 'K' then '한국'
                when 'F' then '외국'
                else '미상'
            end as varchar(64)
        ) as nation_nm,
        cast(
            case
                when is_diversity_film then '다양성'
                when not is_diversity_film then '상업'
                else '미상'
            end as varchar(64)
        ) as film_type_nm,
        cast(
            case
                when is_rerelease then '재개봉'
                when is_observed_from_opening then '개봉부터 관측'
                when open_dt is null then '개봉일 미상'
                else '도중부터 관측'
            end as varchar(64)
        ) as observation_nm,
        cast(coalesce(genre_nms, '장르 없음') as varchar(4096)) as genre_names
    from numbered
),

final as (
    select
        classified.movie_cd,
        cast(classified.title as varchar(1024)) as movie_nm,
        cast(
            classified.title || ' (' || classified.open_year || ')' || case
                when classified.number_of_title > 1 then ' #' || cast(classified.number_of_title as varchar(16))
                else ''
            end as varchar(1088)
        ) as film_label,
        classified.known_open_dt as open_dt,
        classified.observation_nm,
        classified.observed_from,
        classified.observed_until,
        classified.nation_nm,
        classified.film_type_nm,
        cast(coalesce(classified.first_genre_nm, '장르 없음') as varchar(64)) as genre_nm,
        classified.genre_names,
        cast(coalesce(classified.distributor_nm, '미상') as varchar(1024)) as distributor_nm,
        classified.peak_screens,
        classified.observed_sales,
        classified.observed_admissions,
        {{ ratio('classified.observed_sales', 'classified.peak_screens') }} as sales_per_screen,
        {{ ratio('classified.observed_admissions', 'classified.peak_screens') }} as admissions_per_screen,
        classified.lifetime_sales,
        classified.lifetime_admissions,
        classified.days_charted,
        classified.observed_until >= max(classified.observed_until) over () - 6 as is_running
    from classified
)

select * from final
