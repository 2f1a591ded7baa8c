{# Pearson's coefficient of the group's rows; null where nothing varies. Redshift has no corr(). #}
{% macro correlation(x, y) -%}
    {%- set x, y = 'cast(' ~ x ~ ' as double precision)', 'cast(' ~ y ~ ' as double precision)' -%}
    (count(*) * sum({{ x }} * {{ y }}) - sum({{ x }}) * sum({{ y }})) / nullif(
        sqrt(greatest(count(*) * sum({{ x }} * {{ x }}) - sum({{ x }}) * sum({{ x }}), cast(0 as double precision)))
        * sqrt(greatest(count(*) * sum({{ y }} * {{ y }}) - sum({{ y }}) * sum({{ y }}), cast(0 as double precision))), 0
    )
{%- endmacro %}
