{# The lake objects of the daily box office that were loaded since `fact` was last built, as a subquery.
   `fact` remembers in loaded_at which loads it has seen. The loads of the hour before the newest one seen are taken
   again: a load that was begun before that one may have been committed after `fact` was built, and the newest may have
   been committed while it was being built. Building a day again changes nothing. #}
{% macro objects_loaded_since(fact, audit) -%}
    select audit.source_object
    from {{ audit }} as audit
    where
        audit.table_name = 'daily_box_office'
        and audit.loaded_at > (
            select coalesce({{ dbt.dateadd('hour', -1, 'max(seen.loaded_at)') }}, cast('1900-01-01' as timestamptz))
            from {{ fact }} as seen
        )
{%- endmacro %}

{# The target dates that an incremental run has to build again: the days in the objects loaded since, and the days that
   `fact` still shows from an object that has been loaded again with other content. A list of ISO dates, so that the
   model's WHERE holds literals: Redshift prunes blocks on the sort key by literals, not by a subquery. #}
{% macro days_to_rebuild(fact, captures, audit) %}
    {%- if not execute -%}
        {{ return([]) }}
    {%- endif -%}
    {%- if not flags.INTROSPECT -%}
        {{ return(['2024-06-29', '2024-06-30']) }}
    {%- endif -%}
    {%- set query -%}
        select capture.target_date from {{ captures }} as capture
        where capture.source_object in ({{ objects_loaded_since(fact, audit) }})
        union
        select built.target_date from {{ fact }} as built
        where built.source_object in ({{ objects_loaded_since(fact, audit) }})
    {%- endset -%}
    {{ return(run_query(query).columns[0].values() | map('string') | sort | list) }}
{% endmacro %}

{# A condition that holds on those days; one that holds nowhere for an empty list. The range comes first because it is
   the cheapest thing to prune by. #}
{% macro is_one_of_days(column, days) -%}
    {%- if days -%}
        {{ column }} between cast('{{ days[0] }}' as date) and cast('{{ days[-1] }}' as date)
        and {{ column }} in (
            {%- for day in days %}cast('{{ day }}' as date){% if not loop.last %}, {% endif %}{% endfor -%}
        )
    {%- else -%}
        1 = 0
    {%- endif -%}
{%- endmacro %}

{# delete+insert of whole days, and one thing more: a day of `fact` of which the raw table has no row left is removed.
   delete+insert alone would keep it, because nothing new is inserted for it. #}
{% macro get_incremental_rebuild_days_sql(arg_dict) %}
    {%- set fact = arg_dict['target_relation'] -%}
    delete from {{ fact }}
    where
        source_object in ({{ objects_loaded_since(fact, ref('stg_kofic__load_audit')) }})
        and target_date not in (
            select distinct capture.target_date
            from {{ source('kofic', 'daily_box_office') }} as capture
            where capture.target_date is not null
        );

    {{ get_incremental_delete_insert_sql(arg_dict) }}
{% endmacro %}
