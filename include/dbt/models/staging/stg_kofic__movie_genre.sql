with

{{ latest_known_list(source('kofic', 'movie_genre')) }},

final as (
    select
        movie_cd,
        position as genre_order,
        genre_nm,
        captured_at,
        source_object
    from entry
)

select * from final
