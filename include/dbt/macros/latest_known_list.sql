{# Three CTEs, of which `entry` has the rows of a film's list as of the latest capture in which the API knew the film: a later
   "no such film" erases nothing, and an entry that the latest capture no longer names is gone. One window over the
   captures of the film and of the list, and no join: a condition on movie_cd then narrows both before they are compared. #}
{% macro latest_known_list(entries, columns) -%}
captures as (
    select
        movie_cd,
        position,
        {{ columns | join(',\n        ') }},
        captured_at,
        source_object,
        cast(null as boolean) as known_to_api
    from {{ entries }}
    union all
    select
        movie_cd,
        cast(null as bigint) as position,
        {% for column in columns -%}
            cast(null as varchar(64)) as {{ column }},
        {% endfor -%}
        captured_at,
        source_object,
        known_to_api
    from {{ source('kofic', 'movie') }}
),

dated as (
    select
        *,
        max(case when known_to_api then captured_at end) over (partition by movie_cd) as known_at
    from captures
),

entry as (
    select * from dated
    where captured_at = known_at and position is not null
)
{%- endmacro %}
