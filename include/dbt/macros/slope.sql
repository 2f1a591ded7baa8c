{# Of the line of least squares through the group's rows; null where x does not vary. Redshift has no regr_slope(). #}
{% macro slope(x, y) -%}
    (count(*) * sum({{ x }} * {{ y }}) - sum({{ x }}) * sum({{ y }}))
    / nullif(count(*) * sum({{ x }} * {{ x }}) - sum({{ x }}) * sum({{ x }}), 0)
{%- endmacro %}
