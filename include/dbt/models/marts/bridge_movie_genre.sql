{{ config(sort=['movie_cd'], dist='movie_cd') }}

with

genre as (
    select * from {{ ref('int_movie_genre__counted') }}
),

shared as (
    select
        *,
        cast(round(cast(1 as numeric(18, 8)) / genre_count, 8) as numeric(9, 8)) as rounded_share
    from genre
),

-- The last genre takes the rest, so that the shares of a film sum to exactly 1.
final as (
    select
        cast(movie_cd as varchar(64)) as movie_cd,
        cast(genre_nm as varchar(64)) as genre_nm,
        cast(genre_order as bigint) as genre_order,
        cast(genre_count as bigint) as genre_count,
        cast(1 as numeric(9, 8)) as full_credit,
        cast(
            case
                when genre_order < genre_count then rounded_share
                else cast(1 - (genre_count - 1) * rounded_share as numeric(9, 8))
            end as numeric(9, 8)
        ) as even_share
    from shared
)

select * from final
