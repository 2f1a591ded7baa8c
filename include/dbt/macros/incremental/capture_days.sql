{# The Seoul days that an incremental run of what is counted by day of capture has to build again: for each object of these
   raw tables that was loaded since, from the day of its plan to the day on which it was loaded. #}
{% macro capture_days_to_rebuild(tables) %}
    {%- if not is_incremental() -%}
        {{ return([]) }}
    {%- elif not has_warehouse() -%}
        {{ return(['2024-06-30', '2024-07-01']) }}
    {%- endif -%}
    {%- set ranges = [] -%}
    {%- for table, source_object, loaded_on in objects_loaded_since(an_hour_before_newest(this, 'loaded_until'), tables) -%}
        {%- do ranges.append((captured_on(source_object), loaded_on)) -%}
    {%- endfor -%}
    {{ return(days_of(ranges)) }}
{% endmacro %}

{# Of a daily run: the condition on rows that carry captured_on and captured_at. The moments are what Redshift has sorted. #}
{% macro only_captured_on(days) -%}
    {%- if is_incremental() -%}
        {{ only('captured_on', days) }}
        {%- if days %}
            and captured_at >= {{ seoul_midnight(days[0]) }}
            and captured_at < {{ dbt.dateadd('day', 1, seoul_midnight(days[-1])) }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
