with

{{ latest_known_list(source('kofic', 'movie_audit')) }},

final as (
    select
        movie_cd,
        position as audit_order,
        audit_no,
        watch_grade_nm,
        captured_at,
        source_object
    from entry
)

select * from final
