{% macro kst_date(moment) -%}
    cast({{ moment }} at time zone 'Asia/Seoul' as date)
{%- endmacro %}
