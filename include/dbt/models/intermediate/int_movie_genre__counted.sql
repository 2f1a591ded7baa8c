{{ config(sort=['movie_cd'], dist='movie_cd') }}

with

genre as (
    select * from {{ ref('stg_kofic__movie_genre') }}
),

-- One genre named twice in a reply counts once, at its first place.
distinct_genre as (
    select
        movie_cd,
        genre_nm,
        min(genre_order) as first_place
    from genre
    where genre_nm is not null
    group by movie_cd, genre_nm
),

final as (
    select
        movie_cd,
        genre_nm,
        row_number() over (partition by movie_cd order by first_place, genre_nm) as genre_order,
        count(*) over (partition by movie_cd) as genre_count
    from distinct_genre
)

select * from final
