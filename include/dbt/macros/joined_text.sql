{# The texts of a group joined with ", ": LISTAGG on Redshift, string_agg on PostgreSQL. Redshift wants one ordering for
   all LISTAGGs of a SELECT, so give each its own. #}
{% macro joined_text(column, ordered_by) -%}
    {{ dbt.listagg(column, "', '", 'order by ' ~ ordered_by) }}
{%- endmacro %}
