{# The films that an incremental run has to build again: those that were touched since. #}
{% macro films_to_rebuild(touched) %}
    {%- if not is_incremental() -%}
        {{ return([]) }}
    {%- elif not has_warehouse() -%}
        {{ return(['20240001', '20240002']) }}
    {%- endif -%}
    {%- set since = an_hour_before_newest(this, 'loaded_until') -%}
    {{ return(column_of("select movie_cd from " ~ touched ~ " where loaded_until > cast('" ~ since ~ "' as timestamptz)")) }}
{% endmacro %}

{# The films that the loads since have touched: on the lists of the days loaded, now or when the days were loaded before,
   or with master data loaded. #}
{% macro films_touched(captures, days) %}
    {%- if not is_incremental() -%}
        {{ return([]) }}
    {%- elif not has_warehouse() -%}
        {{ return(['20240001', '20240002']) }}
    {%- endif -%}
    {%- set films = films_loaded_since(an_hour_before_newest(this, 'loaded_until')) -%}
    {%- if days -%}
        {%- set listed -%}
            select movie_cd
            from {{ captures }}
            where {{ is_one_of_days('target_date', days) }}
            union
            select movie_cd
            from {{ this }}
            where
                last_seen_date >= cast('{{ days[0] }}' as date)
                and first_seen_date <= cast('{{ days[-1] }}' as date)
        {%- endset -%}
        {%- set films = films + column_of(listed) -%}
    {%- endif -%}
    {{ return(films | unique | sort) }}
{% endmacro %}

{# The films that have rows in the objects of their tables which were loaded since. #}
{% macro films_loaded_since(since) %}
    {%- set tables = film_tables() -%}
    {%- set objects = objects_loaded_since(since, tables) -%}
    {%- set questions = [] -%}
    {%- for table in tables -%}
        {%- set condition = is_of_objects(objects, table) -%}
        {%- if condition -%}
            {%- do questions.append('select movie_cd from ' ~ source('kofic', table) ~ ' where ' ~ condition) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(column_of(questions | join(' union ')) if questions else []) }}
{% endmacro %}

{# Query of the films on the lists, or with master data, in objects that were loaded in the hour before the newest load. For a
   full build, which reads everything anyway: no literals, of which a lake that was just loaded would give thousands. #}
{% macro films_of_the_last_hour() -%}
    {%- if has_warehouse() -%}
        {%- set since = before_newest_load('hour', 1) -%}
        {%- for table in ['daily_box_office'] + film_tables() %}
            select movie_cd
            from {{ source('kofic', table) }}
            where
                source_object in (
                    select audit.source_object
                    from {{ source('kofic', 'load_audit') }} as audit
                    where audit.loaded_at > {{ since }}
                )
            {% if not loop.last %}union{% endif %}
        {% endfor -%}
    {%- else -%}
        select cast('20240001' as varchar(64)) as movie_cd
    {%- endif -%}
{%- endmacro %}

{# The raw tables that are about films. #}
{% macro film_tables() %}
    {%- set tables = [] -%}
    {%- for table in graph.sources.values() | map(attribute='name') if table.startswith('movie') -%}
        {%- do tables.append(table) -%}
    {%- endfor -%}
    {{ return(tables | sort) }}
{% endmacro %}
