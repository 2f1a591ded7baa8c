{# dbt-postgres builds a view under another name, swaps it in and drops the old one with CASCADE, which takes every
   view on top of it along: running one staging model again from the Airflow UI would remove its children. A view whose
   columns stay the same is therefore replaced in place. Redshift's late-binding views have no such dependents. #}
{% materialization view, adapter='postgres' %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set in_place = existing is not none and existing.is_view and not should_full_refresh()
        and view_has_columns_of(existing, sql) -%}

    {% if not in_place %}
        {{ return(dbt.materialization_view_default()) }}
    {% endif %}

    {%- set target_relation = this.incorporate(type='view') -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {% call statement('main') -%}
        create or replace view {{ target_relation }} as (
            {{ sql }}
        );
    {%- endcall %}
    {% do apply_grants(target_relation, config.get('grants'), should_revoke=True) %}
    {% do persist_docs(target_relation, model) %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{% macro view_has_columns_of(view, sql) %}
    {%- set columns_sql -%}
        select
            a.attname as column_name,
            format_type(a.atttypid, a.atttypmod) as data_type
        from pg_attribute as a
        where a.attrelid = '{{ view }}'::regclass and a.attnum > 0 and not a.attisdropped
        order by a.attnum
    {%- endset -%}
    {%- set before = run_query(columns_sql) -%}
    {# A temporary view is PostgreSQL's own answer to which names and types the new query has. #}
    {%- set probe = 'dbt_probe_' ~ view.identifier | truncate(50, true, '') -%}
    {%- do run_query('create temporary view "' ~ probe ~ '" as (' ~ sql ~ ')') -%}
    {%- set after = run_query(columns_sql | replace("'" ~ view ~ "'", "'pg_temp.\"" ~ probe ~ "\"'")) -%}
    {%- do run_query('drop view pg_temp."' ~ probe ~ '"') -%}
    {%- set ns = namespace(old=[], new=[]) -%}
    {%- for row in before.rows -%}{%- do ns.old.append(row[0] ~ ' ' ~ row[1]) -%}{%- endfor -%}
    {%- for row in after.rows -%}{%- do ns.new.append(row[0] ~ ' ' ~ row[1]) -%}{%- endfor -%}
    {{ return(ns.old == ns.new) }}
{% endmacro %}
