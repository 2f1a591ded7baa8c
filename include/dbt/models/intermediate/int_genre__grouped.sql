{{ config(sort=['genre_nm'], dist='all') }}

with

film_day as (
    select * from {{ ref('int_film_day__distinct') }}
),

film_genre as (
    select * from {{ ref('int_film_genre__shared') }}
),

summed as (
    select
        film_genre.genre_nm,
        sum(film_day.admissions * film_genre.even_share) as admissions
    from film_day
    inner join film_genre
        on film_day.movie_cd = film_genre.movie_cd
    group by film_genre.genre_nm
),

ranked as (
    select
        genre_nm,
        row_number() over (
            order by case when genre_nm in ('장르 없음', '기타') then 1 else 0 end, admissions desc, genre_nm
        ) as place
    from summed
),

final as (
    select
        genre_nm,
        cast(case when place <= 7 or genre_nm = '장르 없음' then genre_nm else '기타 장르' end as varchar(64)) as genre_group_nm
    from ranked
)

select * from final
