{# Whether a macro may ask the warehouse while it renders. It may not while dbt only parses, nor under --no-introspect
   (the static check of `make lint`), nor in a unit test, whose tables are rows of its yml. #}
{% macro has_warehouse() %}
    {{ return(execute and flags.INTROSPECT and model.resource_type != 'unit_test') }}
{% endmacro %}
