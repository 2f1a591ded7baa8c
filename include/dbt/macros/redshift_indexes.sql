{# dbt-redshift inherits dbt-postgres's macros, so a model's `indexes` would become CREATE INDEX, which Redshift refuses. #}
{% macro redshift__get_create_index_sql(relation, index_dict) -%}
    {{ return(none) }}
{%- endmacro %}
