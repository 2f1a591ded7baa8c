with

{{ latest_known_list(source('kofic', 'movie_company')) }},

final as (
    select
        movie_cd,
        position as company_order,
        company_cd,
        company_nm,
        company_nm_en,
        company_part_nm,
        captured_at,
        source_object
    from entry
)

select * from final
