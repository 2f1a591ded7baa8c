{# The days whose sums over film-days an incremental run has to build again: those that were loaded, and those on which a
   film was on a list whose nation, type or genres have changed since. #}
{% macro days_to_sum_again(film_day, film) %}
    {%- set days = days_to_rebuild() -%}
    {%- if not is_incremental() or not has_warehouse() -%}
        {{ return(days) }}
    {%- endif -%}
    {%- set since = an_hour_before_newest(this, 'loaded_until') -%}
    {%- set changed = column_of('select movie_cd from ' ~ film ~ " where classified_until > cast('" ~ since ~ "' as timestamptz)") -%}
    {%- if changed -%}
        {%- set shown = column_of('select distinct target_date from ' ~ film_day ~ ' where ' ~ is_one_of('movie_cd', changed)) -%}
        {%- set days = days + shown -%}
    {%- endif -%}
    {{ return(days | unique | sort) }}
{% endmacro %}

{# The films that were on a list on one of these days. #}
{% macro films_on(film_day, days) %}
    {%- if not is_incremental() -%}
        {{ return([]) }}
    {%- elif not has_warehouse() -%}
        {{ return(['20240001', '20240002']) }}
    {%- endif -%}
    {{ return(column_of('select distinct movie_cd from ' ~ film_day ~ ' where ' ~ is_one_of_days('target_date', days))) }}
{% endmacro %}

{# The periods that one of these days is in, and all of their days. `periods` is a query of (period's first day or holiday,
   day), with a row for each day of a period. #}
{% macro periods_around(periods, days) %}
    {%- if not is_incremental() -%}
        {{ return({'keys': [], 'days': []}) }}
    {%- elif not has_warehouse() -%}
        {{ return({'keys': days, 'days': days}) }}
    {%- endif -%}
    {%- set keys = column_of('select distinct period from (' ~ periods ~ ') as periods where ' ~ is_one_of_days('date_day', days)) -%}
    {%- set inside = column_of('select distinct date_day from (' ~ periods ~ ') as periods where ' ~ is_one_of_days('period', keys)) -%}
    {{ return({'keys': keys, 'days': inside}) }}
{% endmacro %}
