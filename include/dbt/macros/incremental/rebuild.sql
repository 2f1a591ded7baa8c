{# A condition that holds on those days; one that holds nowhere for an empty list. Literals, because Redshift skips blocks
   by literals and not by a subquery; the range comes first because it is the cheapest thing to skip by. #}
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

{# A condition that holds for those codes; one that holds nowhere for an empty list. #}
{% macro is_one_of(column, codes) -%}
    {%- if codes -%}
        {{ column }} in (
            {%- for code in codes %}{{ dbt.string_literal(dbt.escape_single_quotes(code)) }}{% if not loop.last %}, {% endif %}{% endfor -%}
        )
    {%- else -%}
        1 = 0
    {%- endif -%}
{%- endmacro %}

{# Of a daily run: the condition that narrows what a model reads to the keys that it builds again, days or film codes. #}
{% macro only(column, keys, joined_by='where') -%}
    {%- if is_incremental() -%}
        {{ joined_by }} {{ is_one_of(column, keys) if column == 'movie_cd' else is_one_of_days(column, keys) }}
    {%- endif -%}
{%- endmacro %}

{# Says in a model's query which keys it builds again. The strategy below reads it there and deletes exactly these: asked
   for a second time, the warehouse could name a key more, loaded in the meantime, whose rows would be deleted and not
   built. A star is written as \u002a, which is the same in JSON, so that no key can begin or end a comment. #}
{% macro rebuilds(keys) -%}
    /* rebuilds {{ tojson(keys) | replace('*', '\\u002a') }} */
{%- endmacro %}

{# delete+insert by the keys that the model says it builds again, also those of which nothing is left to insert. #}
{% macro get_incremental_rebuild_sql(arg_dict) %}
    {%- set target = arg_dict['target_relation'] -%}
    {%- set key = arg_dict['unique_key'] -%}
    {%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
    {%- set keys = fromjson(modules.re.search('/\\* rebuilds (.*) \\*/', model.compiled_code).group(1)) -%}
    delete from {{ target }}
    where {{ is_one_of(key, keys) if key == 'movie_cd' else is_one_of_days(key, keys) }};

    insert into {{ target }} ({{ columns }})
    (
        select {{ columns }}
        from {{ arg_dict['temp_relation'] }}
    )
{% endmacro %}
