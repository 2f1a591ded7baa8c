with

source as (
    select * from {{ source('kofic', 'movie_show_type') }}
),

movie as (
    select * from {{ ref('stg_kofic__movie') }}
),

final as (
    select
        source.movie_cd,
        source.position as show_type_order,
        source.show_type_group_nm,
        source.show_type_nm,
        source.captured_at,
        source.source_object
    from source
    inner join movie
        on
            source.movie_cd = movie.movie_cd
            and source.captured_at = movie.captured_at
    where movie.known_to_api
)

select * from final
