{{ config(
    materialized='incremental',
    unique_key='movie_cd',
    sort=['open_dt'],
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

film as (
    select * from {{ ref('film_performance') }}
    {{ only('movie_cd', films) }}
),

actor as (
    select * from {{ ref('bridge_movie_actor') }}
    where
        billing_order <= 5
        {{ only('movie_cd', films, 'and') }}
),

director as (
    select * from {{ ref('stg_kofic__movie_director') }}
    {{ only('movie_cd', films) }}
),

credited as (
    select
        movie_cd,
        '배우' as credit_nm,
        people_nm,
        billing_order
    from actor
    union all
    select
        movie_cd,
        '감독' as credit_nm,
        people_nm,
        director_order as billing_order
    from director
),

-- A name that stands twice under one film counts once, at its first place.
person as (
    select
        movie_cd,
        credit_nm,
        people_nm,
        min(billing_order) as billing_order
    from credited
    where people_nm is not null
    group by movie_cd, credit_nm, people_nm
),

final as (
    select
        cast(person.people_nm as varchar(1024)) as person_nm,
        cast(person.credit_nm as varchar(64)) as credit_nm,
        cast(person.billing_order as bigint) as billing_order,
        film.movie_cd,
        film.movie_nm,
        film.open_dt,
        film.nation_nm,
        film.film_type_nm,
        film.genre_nm,
        film.distributor_nm,
        film.total_sales,
        film.total_admissions,
        {{ newest_load([ref('film_performance')]) }} as loaded_until
    from person
    inner join film
        on person.movie_cd = film.movie_cd
)

select * from final
