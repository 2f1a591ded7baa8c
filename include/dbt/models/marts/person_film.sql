{{ config(sort=['open_dt'], dist='movie_cd') }}

with

film as (
    select * from {{ ref('film_performance') }}
),

actor as (
    select * from {{ ref('bridge_movie_actor') }}
    where billing_order <= 5
),

director as (
    select * from {{ ref('stg_kofic__movie_director') }}
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
        film.film_label,
        film.open_dt,
        film.nation_nm,
        film.film_type_nm,
        film.genre_nm,
        film.distributor_nm,
        film.observed_sales,
        film.observed_admissions
    from person
    inner join film
        on person.movie_cd = film.movie_cd
)

select * from final
