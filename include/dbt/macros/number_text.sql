{# The number as people write it, with so many decimals; – where there is none. #}
{% macro number_text(number, decimals=0) -%}
    coalesce(to_char(round(cast({{ number }} as numeric(28, 8)), {{ decimals }}), 'FM999,999,999,990{{ '.' ~ '0' * decimals if decimals }}'), '–')
{%- endmacro %}
