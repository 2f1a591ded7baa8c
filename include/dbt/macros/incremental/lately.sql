{# What a data test reads of a model: on a daily run only what the last run built, so that no test reads all of history.
   `--vars 'whole_history: true'` reads everything, and so does the first run, which built everything. #}
{% macro get_where_subquery(relation) -%}
    {%- set conditions = [config.get('where'), lately(relation)] | select | list -%}
    {%- if conditions -%}
        (select * from {{ relation }} where {{ conditions | join(' and ') }}) as tested
    {%- else -%}
        {{ relation }}
    {%- endif -%}
{%- endmacro %}

{# The condition, or none where a model is read whole: it has as many rows in twenty years as in one. A table that is
   built day by day or film by film knows its newest rows; of a view, meta.newest_by says which column narrows it. #}
{% macro lately(relation) %}
    {%- set nodes = graph.nodes.values() | selectattr('relation_name', 'equalto', relation | string) | list if execute else [] -%}
    {%- if not nodes or var('whole_history') -%}
        {{ return(none) }}
    {%- elif 'loaded_until' in nodes[0].columns -%}
        {{ return('loaded_until >= ' ~ newest_load([relation])) }}
    {%- endif -%}
    {%- set newest_by = nodes[0].config.meta.get('newest_by') -%}
    {%- if not newest_by -%}
        {{ return(none) }}
    {%- elif not has_warehouse() -%}
        {{ return(newest_by ~ ' is not null') }}
    {%- endif -%}
    {%- set since = an_hour_before_newest(source('kofic', 'load_audit'), 'loaded_at') -%}
    {%- if newest_by == 'target_date' -%}
        {{ return(is_one_of_days('target_date', days_loaded_since(since))) }}
    {%- elif newest_by == 'movie_cd' -%}
        {{ return(is_one_of('movie_cd', films_loaded_since(since))) }}
    {%- elif newest_by == 'loaded_at' -%}
        {{ return("loaded_at > cast('" ~ since ~ "' as timestamptz)") }}
    {%- endif -%}
    {%- set table = nodes[0].name.split('__')[1] -%}
    {{ return(is_of_objects(objects_loaded_since(since, [table]), table) or '1 = 0') }}
{% endmacro %}
