{# The values of a query's only column as sorted text; nothing where there is no warehouse to ask. #}
{% macro column_of(question) %}
    {{ return(run_query(question).columns[0].values() | map('string') | unique | sort if has_warehouse() else []) }}
{% endmacro %}
