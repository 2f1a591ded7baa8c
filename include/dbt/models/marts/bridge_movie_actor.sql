{{ config(
    materialized='incremental',
    unique_key='movie_cd',
    sort=['movie_cd'],
    dist='movie_cd',
    indexes=[
        {'columns': ['movie_cd']},
        {'columns': ['loaded_until']},
    ],
) }}

{% set touched = ref('int_film__touched') %}
{% set films = films_to_rebuild(touched) %}

{{ rebuilds(films) }}

with

actor as (
    select * from {{ ref('stg_kofic__movie_actor') }}
    {{ only('movie_cd', films) }}
),

final as (
    select
        cast(movie_cd as varchar(64)) as movie_cd,
        cast(row_number() over (partition by movie_cd order by billing_order) as bigint) as billing_order,
        cast(people_nm as varchar(1024)) as people_nm,
        cast(people_nm_en as varchar(1024)) as people_nm_en,
        cast(role_nm as varchar(4096)) as role_nm,
        cast(role_nm_en as varchar(4096)) as role_nm_en,
        {{ newest_load([touched]) }} as loaded_until
    from actor
)

select * from final
