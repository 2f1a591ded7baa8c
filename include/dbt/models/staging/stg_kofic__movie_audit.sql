with

source as (
    select * from {{ source('kofic', 'movie_audit') }}
),

movie as (
    select * from {{ ref('stg_kofic__movie') }}
),

final as (
    select
        source.movie_cd,
        source.position as audit_order,
        source.audit_no,
        source.watch_grade_nm,
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
