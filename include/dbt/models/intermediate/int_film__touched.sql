{{ config(
    materialized='incremental',
    unique_key='movie_cd',
    sort=['movie_cd'],
    dist='movie_cd',
    indexes=[
        {'columns': ['movie_cd'], 'unique': true},
        {'columns': ['last_seen_date']},
        {'columns': ['loaded_until']},
    ],
) }}

{% set captures = source('kofic', 'daily_box_office') %}
{% set days = days_to_rebuild() %}
{% set films = films_touched(captures, days) %}

{{ rebuilds(films) }}

with

capture as (
    select * from {{ captures }}
    {{ only('target_date', days) }}
),

movie as (
    select * from {{ source('kofic', 'movie') }}
    {{ only('movie_cd', films) }}
),

{% if is_incremental() %}
    touched_before as (
        select * from {{ this }}
        {{ only('movie_cd', films) }}
    ),
{% endif %}

seen as (
    select
        movie_cd,
        target_date as first_seen_date,
        target_date as last_seen_date
    from capture
    union all
    select
        movie_cd,
        cast(null as date) as first_seen_date,
        cast(null as date) as last_seen_date
    from movie
    {% if is_incremental() %}
        union all
        select
            movie_cd,
            first_seen_date,
            last_seen_date
        from touched_before
    {% endif %}
),

{% if is_incremental() %}
    final as (
        select
            cast(movie_cd as varchar(64)) as movie_cd,
            min(first_seen_date) as first_seen_date,
            max(last_seen_date) as last_seen_date,
            {{ newest_load() }} as loaded_until
        from seen
        group by movie_cd
    )
{% else %}
    -- Everything is new here. A film that the last hour's loads have not touched is stamped with the beginning of that
    -- hour: not before its own newest load, and yet nothing new to a table of films that was built from the same loads.
    touched_last as (
        {{ films_of_the_last_hour() }}
    ),

    final as (
        select
            cast(seen.movie_cd as varchar(64)) as movie_cd,
            min(seen.first_seen_date) as first_seen_date,
            max(seen.last_seen_date) as last_seen_date,
            max(
                case
                    when touched_last.movie_cd is not null then {{ newest_load() }}
                    else {{ before_newest_load('hour', 1) }}
                end
            ) as loaded_until
        from seen
        left join touched_last
            on seen.movie_cd = touched_last.movie_cd
        group by seen.movie_cd
    )
{% endif %}

select * from final
