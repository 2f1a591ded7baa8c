{# The target dates that an incremental run has to build again, as ISO dates. #}
{% macro days_to_rebuild() %}
    {%- if not is_incremental() -%}
        {{ return([]) }}
    {%- endif -%}
    {{ return(days_loaded_since(an_hour_before_newest(this, 'loaded_until')) if has_warehouse() else ['2024-06-29', '2024-06-30']) }}
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

{# The Seoul days that an incremental run of what is counted by day of capture has to build again: for each object of these
   raw tables that was loaded since, from the day of its plan to the day on which it was loaded. #}
{% macro capture_days_to_rebuild(tables) %}
    {%- if not is_incremental() -%}
        {{ return([]) }}
    {%- elif not has_warehouse() -%}
        {{ return(['2024-06-30', '2024-07-01']) }}
    {%- endif -%}
    {%- set ranges = [] -%}
    {%- for table, source_object, loaded_on in objects_loaded_since(an_hour_before_newest(this, 'loaded_until'), tables) -%}
        {%- do ranges.append((captured_on(source_object), loaded_on)) -%}
    {%- endfor -%}
    {{ return(days_of(ranges)) }}
{% endmacro %}

{# Of a daily run: the condition on rows that carry captured_on and captured_at. The moments are what Redshift has sorted. #}
{% macro only_captured_on(days) -%}
    {%- if is_incremental() -%}
        {{ only('captured_on', days) }}
        {%- if days %}
            and captured_at >= {{ seoul_midnight(days[0]) }}
            and captured_at < {{ dbt.dateadd('day', 1, seoul_midnight(days[-1])) }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

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

{# The raw tables that are about films. #}
{% macro film_tables() %}
    {%- set tables = [] -%}
    {%- for table in graph.sources.values() | map(attribute='name') if table.startswith('movie') -%}
        {%- do tables.append(table) -%}
    {%- endfor -%}
    {{ return(tables | sort) }}
{% endmacro %}

{# The lake objects of these raw tables that were loaded since: rows of table, object, day of the load in Seoul. #}
{% macro objects_loaded_since(since, tables) %}
    {%- set question -%}
        select
            table_name,
            source_object,
            {{ kst_date('loaded_at') }} as loaded_on
        from {{ source('kofic', 'load_audit') }}
        where
            loaded_at > cast('{{ since }}' as timestamptz)
            and table_name in ('{{ tables | join("', '") }}')
        order by table_name, source_object
    {%- endset -%}
    {{ return(run_query(question).rows) }}
{% endmacro %}

{# The condition that a row came from one of the objects of that table; none if there are none of it. None of their rows was
   captured before the first of their plans, and captured_at is what Redshift can skip blocks by. #}
{% macro is_of_objects(objects, table) %}
    {%- set own = objects | selectattr(0, 'equalto', table) | map(attribute=1) | list -%}
    {%- if not own -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set days = [] -%}
    {%- for source_object in own -%}
        {%- do days.append(captured_on(source_object)) -%}
    {%- endfor -%}
    {{ return(is_one_of('source_object', own) ~ ' and captured_at >= ' ~ seoul_midnight(days | min)) }}
{% endmacro %}

{# The day on which an object's plan was made, in Seoul, from its key. #}
{% macro captured_on(source_object) %}
    {{ return(modules.re.search('captured_on=([0-9-]{10})/', source_object).group(1)) }}
{% endmacro %}

{# The first moment of a day in Seoul, which has had no other offset since KOFIC's first figure. #}
{% macro seoul_midnight(day) -%}
    cast('{{ day }} 00:00:00+09' as timestamptz)
{%- endmacro %}

{# The values of a query's only column as sorted text; nothing where there is no warehouse to ask. #}
{% macro column_of(question) %}
    {{ return(run_query(question).columns[0].values() | map('string') | unique | sort if has_warehouse() else []) }}
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

{# Query of the films on the lists, or with master data, in objects that were loaded in the hour before the newest load. For a
   full build, which reads everything anyway: no literals, of which a lake that was just loaded would give thousands. #}
{% macro films_of_the_last_hour() -%}
    {%- if has_warehouse() -%}
        {%- for table in ['daily_box_office'] + film_tables() %}
            select movie_cd
            from {{ source('kofic', table) }}
            where
                source_object in (
                    select audit.source_object
                    from {{ source('kofic', 'load_audit') }} as audit
                    where audit.loaded_at > {{ an_hour_before_newest_load() }}
                )
            {% if not loop.last %}union{% endif %}
        {% endfor -%}
    {%- else -%}
        select cast('20240001' as varchar(64)) as movie_cd
    {%- endif -%}
{%- endmacro %}
