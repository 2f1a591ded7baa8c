with

{{ latest_known_list(source('kofic', 'movie_director')) }},

final as (
    select
        movie_cd,
        position as director_order,
        people_nm,
        people_nm_en,
        captured_at,
        source_object
    from entry
)

select * from final
