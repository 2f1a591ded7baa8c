{# The lake objects of these raw tables that were loaded since: rows of table, object, day of the load in Seoul. #}
{% macro objects_loaded_since(since, tables) %}
    {%- set question -%}
        select
            table_name,
            source_object,
            {{ kst_date('loaded_at') }} as loaded_on
        from {{ source('kofic', 'load_audit') }}
        where
            loaded_at > cast('{{ since }}' as timestamptz)
            and table_name in ('{{ tables | join("', '") }}')
        order by table_name, source_object
    {%- endset -%}
    {{ return(run_query(question).rows) }}
{% endmacro %}

{# The condition that a row came from one of the objects of that table; none if there are none of it. None of their rows was
   captured before the first of their plans, and captured_at is what Redshift can skip blocks by. #}
{% macro is_of_objects(objects, table) %}
    {%- set own = objects | selectattr(0, 'equalto', table) | map(attribute=1) | list -%}
    {%- if not own -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set days = [] -%}
    {%- for source_object in own -%}
        {%- do days.append(captured_on(source_object)) -%}
    {%- endfor -%}
    {{ return(is_one_of('source_object', own) ~ ' and captured_at >= ' ~ seoul_midnight(days | min)) }}
{% endmacro %}

{# The day on which an object's plan was made, in Seoul, from its key. #}
{% macro captured_on(source_object) %}
    {{ return(modules.re.search('captured_on=([0-9-]{10})/', source_object).group(1)) }}
{% endmacro %}

{# The first moment of a day in Seoul, which has had no other offset since KOFIC's first figure. #}
{% macro seoul_midnight(day) -%}
    cast('{{ day }} 00:00:00+09' as timestamptz)
{%- endmacro %}
