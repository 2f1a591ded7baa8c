with

{{ latest_known_list(source('kofic', 'movie_staff')) }},

final as (
    select
        movie_cd,
        position as staff_order,
        people_nm,
        people_nm_en,
        staff_role_nm,
        captured_at,
        source_object
    from entry
)

select * from final
