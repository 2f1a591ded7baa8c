with

source as (
    select * from {{ source('kofic', 'movie') }}
),

-- A known capture comes before an unknown one, whichever is later: "no such film" does not erase what was known.
ranked as (
    select
        *,
        row_number() over (
            partition by movie_cd
            order by case when known_to_api then 0 else 1 end, captured_at desc, source_object desc
        ) as recency,
        max(captured_at) over (partition by movie_cd) as last_asked_at
    from source
),

final as (
    select
        movie_cd,
        known_to_api,
        movie_nm,
        movie_nm_en,
        movie_nm_og,
        show_tm,
        prdt_year,
        open_dt,
        prdt_stat_nm,
        type_nm,
        captured_at,
        source_object,
        last_asked_at
    from ranked
    where recency = 1
)

select * from final
