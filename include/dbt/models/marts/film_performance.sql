{{ config(sort=['open_dt'], dist='movie_cd', indexes=[{'columns': ['movie_cd'], 'unique': true}]) }}

with

movie as (
    select * from {{ ref('dim_movie') }}
    where first_charted_date is not null
),

final as (
    select
        movie_cd,
        movie_nm,
        coalesce(open_dt, first_charted_date) as open_dt,
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
    from movie
)

select * from final
