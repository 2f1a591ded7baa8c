{# The largest value of a column, or what an expression makes of it; none for a table without rows.
   Asked of the last 30 days first: Redshift skips the blocks of older rows, and max() alone would read the column whole. #}
{% macro newest(relation, column, expression=none) %}
    {%- set question = 'select ' ~ (expression or 'max(' ~ column ~ ')') ~ ' from ' ~ relation -%}
    {%- set first_day = (run_started_at - modules.datetime.timedelta(days=30)).date() -%}
    {%- set lately = run_query(question ~ ' where ' ~ column ~ " > '" ~ first_day ~ "'").columns[0].values()[0] -%}
    {{ return(lately or run_query(question).columns[0].values()[0]) }}
{% endmacro %}

{# An hour before the newest value of a column of moments. A load that was begun before the newest one may have been
   committed after it, so whoever asks what is new asks from there. #}
{% macro an_hour_before_newest(relation, column) %}
    {%- set before = newest(relation, column, dbt.dateadd('hour', -1, 'max(' ~ column ~ ')')) -%}
    {{ return(before or '1900-01-01 00:00:00+00') }}
{% endmacro %}

{# The newest load that rows built now are built from, as a literal to stamp them with: of a model that reads raw tables,
   the newest of all; of others, the newest that each of its parents has seen, so that a load which a parent has yet to
   see is still new next time. load_audit is no parent in the graph: every load comes before every model, and it says
   which rows to build, not what is in them. #}
{% macro newest_load(parents=[]) -%}
    {%- set moments = [] -%}
    {%- if has_warehouse() -%}
        {%- for parent in parents -%}
            {%- do moments.append(newest(parent, 'loaded_until')) -%}
        {%- else -%}
            {%- do moments.append(newest(source('kofic', 'load_audit'), 'loaded_at')) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- set known = moments | select | list -%}
    {%- set moment = known | min if known and known | length == moments | length else '1900-01-01 00:00:00+00' -%}
    cast('{{ moment }}' as timestamptz)
{%- endmacro %}

{# The moment so long before the newest load of all, as a literal. #}
{% macro before_newest_load(part, number) -%}
    {%- set moment = none -%}
    {%- if has_warehouse() -%}
        {%- set moment = newest(source('kofic', 'load_audit'), 'loaded_at', dbt.dateadd(part, -number, 'max(loaded_at)')) -%}
    {%- endif -%}
    cast('{{ moment or "1900-01-01 00:00:00+00" }}' as timestamptz)
{%- endmacro %}

{# The newest day that has an unfiltered national list, as a literal. #}
{% macro newest_listed_day(facts) -%}
    {%- set lists -%}
        (
            select target_date from {{ facts }}
            where multi_movie_yn = 'ALL' and rep_nation_cd = 'ALL' and wide_area_cd = 'ALL'
        ) as lists
    {%- endset -%}
    {%- set day = newest(lists, 'target_date') if has_warehouse() else none -%}
    cast('{{ day or "2024-06-30" }}' as date)
{%- endmacro %}
