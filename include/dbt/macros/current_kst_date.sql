{% macro current_kst_date() -%}
    {{ return(adapter.dispatch('current_kst_date')()) }}
{%- endmacro %}

{% macro default__current_kst_date() -%}
    cast(current_timestamp at time zone 'Asia/Seoul' as date)
{%- endmacro %}

{# getdate() is in the session's time zone, which is UTC unless the session changes it (Redshift guide, GETDATE);
   current_timestamp is a leader-node function there. #}
{% macro redshift__current_kst_date() -%}
    cast(convert_timezone('UTC', 'Asia/Seoul', getdate()) as date)
{%- endmacro %}
