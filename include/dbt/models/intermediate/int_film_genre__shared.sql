{{ config(sort=['movie_cd'], dist='movie_cd') }}

with

film as (
    select * from {{ ref('film_performance') }}
),

genre as (
    select * from {{ ref('bridge_movie_genre') }}
),

final as (
    select
        film.movie_cd,
        film.nation_nm,
        film.film_type_nm,
        cast(coalesce(genre.genre_nm, '장르 없음') as varchar(64)) as genre_nm,
        cast(coalesce(genre.even_share, 1) as numeric(9, 8)) as even_share
    from film
    left join genre
        on film.movie_cd = genre.movie_cd
)

select * from final
