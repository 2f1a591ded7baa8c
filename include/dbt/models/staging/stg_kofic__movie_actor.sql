with

{{ latest_known_list(source('kofic', 'movie_actor')) }},

final as (
    select
        movie_cd,
        position as billing_order,
        people_nm,
        people_nm_en,
        "cast" as role_nm,
        cast_en as role_nm_en,
        captured_at,
        source_object
    from entry
)

select * from final
