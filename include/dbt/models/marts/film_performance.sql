{{ config(sort=['open_dt'], dist='movie_cd', indexes=[{'columns': ['movie_cd'], 'unique': true}]) }}

with

movie as (
    select * from {{ ref('dim_movie') }}
    where first_charted_date is not null
),

titled as (
    select
        *,
        coalesce(open_dt, first_charted_date) as known_open_dt,
        movie_nm || ' ('
        || cast(extract(year from coalesce(open_dt, first_charted_date)) as varchar(4)) || ')' as title_and_year,
        case
            when char_length(movie_nm) > 9 then substring(movie_nm, 1, 8) || '…'
            else movie_nm
        end as short_title
    from movie
),

-- Charts put films on an axis by name: a name that two films share would add them up.
numbered as (
    select
        *,
        row_number() over (partition by title_and_year order by first_charted_date, movie_cd) as number_of_title,
        row_number() over (partition by short_title order by first_charted_date, movie_cd) as number_of_short_title
    from titled
),

final as (
    select
        movie_cd,
        movie_nm,
        cast(
            title_and_year || case
                when number_of_title > 1 then ' #' || cast(number_of_title as varchar(16))
                else ''
            end as varchar(1088)
        ) as film_label,
        cast(
            short_title || case
                when number_of_short_title > 1 then ' #' || cast(number_of_short_title as varchar(16))
                else ''
            end as varchar(64)
        ) as film_short_label,
        known_open_dt as open_dt,
        first_charted_date,
        last_charted_date,
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
        cast(coalesce(first_genre_nm, '장르 없음') as varchar(64)) as genre_nm,
        cast(coalesce(genre_nms, '장르 없음') as varchar(4096)) as genre_names,
        cast(coalesce(distributor_nm, '미상') as varchar(1024)) as distributor_nm,
        peak_screens,
        total_sales,
        total_admissions,
        {{ ratio('total_sales', 'peak_screens') }} as sales_per_screen,
        {{ ratio('total_admissions', 'peak_screens') }} as admissions_per_screen,
        days_charted
    from numbered
)

select * from final
