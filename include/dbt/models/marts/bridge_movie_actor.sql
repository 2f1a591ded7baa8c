{{ config(sort=['movie_cd'], dist='movie_cd') }}

with

actor as (
    select * from {{ ref('stg_kofic__movie_actor') }}
),

final as (
    select
        cast(movie_cd as varchar(64)) as movie_cd,
        cast(row_number() over (partition by movie_cd order by billing_order) as bigint) as billing_order,
        cast(people_nm as varchar(1024)) as people_nm,
        cast(people_nm_en as varchar(1024)) as people_nm_en,
        cast(role_nm as varchar(4096)) as role_nm,
        cast(role_nm_en as varchar(4096)) as role_nm_en
    from actor
)

select * from final
