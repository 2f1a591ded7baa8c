with

source as (
    select * from {{ source('kofic', 'movie_company') }}
),

movie as (
    select * from {{ ref('stg_kofic__movie') }}
),

final as (
    select
        source.movie_cd,
        source.position as company_order,
        source.company_cd,
        source.company_nm,
        source.company_nm_en,
        source.company_part_nm,
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
