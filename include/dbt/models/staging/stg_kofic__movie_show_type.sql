with

{{ latest_known_list(source('kofic', 'movie_show_type')) }},

final as (
    select
        movie_cd,
        position as show_type_order,
        show_type_group_nm,
        show_type_nm,
        captured_at,
        source_object
    from entry
)

select * from final
