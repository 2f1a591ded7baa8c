{# The target dates that an incremental run has to build again, as ISO dates. #}
{% macro days_to_rebuild() %}
    {%- if not is_incremental() -%}
        {{ return([]) }}
    {%- endif -%}
    {{ return(days_loaded_since(an_hour_before_newest(this, 'loaded_until')) if has_warehouse() else ['2024-06-29', '2024-06-30']) }}
{% endmacro %}

{# The target dates of the objects that were loaded since, and those that the same objects held before they were loaded
   again: a day that has lost its rows is among them. #}
{% macro days_loaded_since(since) %}
    {%- set ranges -%}
        select distinct first_target_date, last_target_date
        from {{ source('kofic', 'load_audit') }}
        where
            table_name = 'daily_box_office'
            and first_target_date is not null
            and loaded_at > cast('{{ since }}' as timestamptz)
    {%- endset -%}
    {{ return(days_of(run_query(ranges).rows)) }}
{% endmacro %}

{# The same days, and those that lie between them and the days that the model has already. #}
{% macro days_with_gaps() %}
    {%- set days = days_to_rebuild() -%}
    {%- if not days or not has_warehouse() -%}
        {{ return(days) }}
    {%- endif -%}
    {%- set first, last = run_query('select min(target_date), max(target_date) from ' ~ this).rows[0] -%}
    {%- set ranges = [] -%}
    {%- for day in days -%}
        {%- do ranges.append((day, day)) -%}
    {%- endfor -%}
    {%- if first and days[0] < first | string -%}
        {%- do ranges.append((days[0], first)) -%}
    {%- endif -%}
    {%- if last and last | string < days[-1] -%}
        {%- do ranges.append((last, days[-1])) -%}
    {%- endif -%}
    {{ return(days_of(ranges)) }}
{% endmacro %}

{# Every day of the ranges, first and last included, once, in order, as ISO dates. #}
{% macro days_of(ranges) %}
    {%- set days = {} -%}
    {%- for first, last in ranges -%}
        {%- set first_day = modules.datetime.date.fromisoformat((first | string)[:10]) -%}
        {%- set last_day = modules.datetime.date.fromisoformat((last | string)[:10]) -%}
        {%- for n in range((last_day - first_day).days + 1) -%}
            {%- do days.update({(first_day + modules.datetime.timedelta(days=n)) | string: true}) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(days | sort) }}
{% endmacro %}
