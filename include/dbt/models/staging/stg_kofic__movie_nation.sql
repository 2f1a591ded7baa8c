with

{{ latest_known_list(source('kofic', 'movie_nation')) }},

final as (
    select
        movie_cd,
        position as nation_order,
        nation_nm,
        captured_at,
        source_object
    from entry
)

select * from final
