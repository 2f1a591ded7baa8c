{# The ten digits, as rows of n; numbers are made of them by cross joins. Redshift has no generate_series on its compute nodes. #}
{% macro digits() -%}
    select 0 as n
    {% for n in range(1, 10) %}
        union all
        select {{ n }}
    {% endfor %}
{%- endmacro %}
