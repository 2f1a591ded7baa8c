{# Three CTEs, of which `entry` has the rows of a film's list as of the latest capture in which the API knew the film: a later
   "no such film" erases nothing, and an entry that the latest capture no longer names is gone. #}
{% macro latest_known_list(entries) -%}
entries as (
    select * from {{ entries }}
),

known as (
    select
        movie_cd,
        max(captured_at) as known_at
    from {{ source('kofic', 'movie') }}
    where known_to_api
    group by movie_cd
),

entry as (
    select entries.*
    from entries
    inner join known on entries.movie_cd = known.movie_cd and entries.captured_at = known.known_at
)
{%- endmacro %}
