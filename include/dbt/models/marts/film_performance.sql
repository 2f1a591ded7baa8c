{{ config(
    materialized='incremental',
    unique_key='movie_cd',
    sort=['open_dt'],
    dist='movie_cd',
    indexes=[
        {'columns': ['movie_cd'], 'unique': true},
        {'columns': ['open_dt']},
        {'columns': ['classified_until']},
        {'columns': ['loaded_until']},
    ],
) }}

{% set dimension = ref('dim_movie') %}
{% set touched_table = ref('int_film__touched') %}
{% set touched = films_to_rebuild(touched_table) %}
{% set films = (touched + namesakes(dimension, touched)) | unique | sort %}
{% set loaded_until = newest_load([dimension]) %}

{{ rebuilds(films) }}

with

movie as (
    select * from {{ dimension }}
    where
        first_charted_date is not null
        {{ only('movie_cd', films, 'and') }}
),

-- When each film was last classified anew: as far as it is known from before, else when a load last touched it.
{% if is_incremental() %}
    stamped as (
        select
            movie_cd,
            nation_nm,
            film_type_nm,
            genre_names,
            classified_until
        from {{ this }}
        {{ only('movie_cd', films) }}
    ),
{% else %}
    stamped as (
        select
            movie_cd,
            loaded_until as classified_until
        from {{ touched_table }}
    ),
{% endif %}

opened as (
    select
        *,
        coalesce(movie_nm, movie_cd) as title,
        coalesce(open_dt, first_charted_date) as known_open_dt,
        cast(extract(year from coalesce(open_dt, first_charted_date)) as varchar(4)) as open_year,
        {{ short_title('coalesce(movie_nm, movie_cd)') }} as short_title
    from movie
),

-- Charts put films on an axis by name: a name that two films share would add them up. Titles that read the same are
-- told apart by the year; a number is needed within a year only, so that a new film never renames those of others.
numbered as (
    select
        *,
        row_number() over (partition by open_year, title order by first_charted_date, movie_cd) as number_of_title,
        row_number() over (
            partition by open_year, short_title
            order by first_charted_date, movie_cd
        ) as number_of_short_title
    from opened
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
        cast(
            classified.short_title || ' ' || classified.open_year || case
                when classified.number_of_short_title > 1
                    then ' #' || cast(classified.number_of_short_title as varchar(16))
                else ''
            end as varchar(64)
        ) as film_short_label,
        classified.known_open_dt as open_dt,
        classified.first_charted_date,
        classified.last_charted_date,
        classified.nation_nm,
        classified.film_type_nm,
        cast(coalesce(classified.first_genre_nm, '장르 없음') as varchar(64)) as genre_nm,
        classified.genre_names,
        cast(coalesce(classified.distributor_nm, '미상') as varchar(1024)) as distributor_nm,
        classified.peak_screens,
        classified.total_sales,
        classified.total_admissions,
        {{ ratio('classified.total_sales', 'classified.peak_screens') }} as sales_per_screen,
        {{ ratio('classified.total_admissions', 'classified.peak_screens') }} as admissions_per_screen,
        classified.days_charted,
        coalesce(stamped.classified_until, {{ loaded_until }}) as classified_until,
        {{ loaded_until }} as loaded_until
    from classified
    left join stamped
        on
            classified.movie_cd = stamped.movie_cd
            {% if is_incremental() %}
                and classified.nation_nm = stamped.nation_nm
                and classified.film_type_nm = stamped.film_type_nm
                and classified.genre_names = stamped.genre_names
            {% endif %}
)

select * from final
