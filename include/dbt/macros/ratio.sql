{# Cast first: Redshift divides two integers to an integer. #}
{% macro ratio(numerator, denominator) -%}
    cast(cast({{ numerator }} as numeric(20, 4)) / nullif({{ denominator }}, 0) as numeric(18, 2))
{%- endmacro %}
