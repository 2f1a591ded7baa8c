{{ config(sort=['movie_cd'], dist='movie_cd') }}

with

company as (
    select * from {{ ref('stg_kofic__movie_company') }}
),

keyed as (
    select
        movie_cd,
        coalesce(company_cd, '-') as company_cd,
        coalesce(company_part_nm, '-') as company_part_nm,
        company_nm,
        company_nm_en,
        company_order
    from company
),

ranked as (
    select
        *,
        row_number() over (
            partition by movie_cd, company_cd, company_part_nm
            order by company_order
        ) as mention
    from keyed
),

final as (
    select
        cast(movie_cd as varchar(64)) as movie_cd,
        cast(company_cd as varchar(64)) as company_cd,
        cast(company_part_nm as varchar(64)) as company_part_nm,
        cast(company_nm as varchar(1024)) as company_nm,
        cast(company_nm_en as varchar(1024)) as company_nm_en,
        cast(row_number() over (partition by movie_cd order by company_order) as bigint) as company_order
    from ranked
    where mention = 1
)

select * from final
