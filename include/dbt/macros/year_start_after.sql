{# First day of the year that is `years` years after the year of `day`. #}
{% macro year_start_after(day, years) -%}
    cast({{ dbt.dateadd('year', years, "date_trunc('year', " ~ day ~ ")") }} as date)
{%- endmacro %}
