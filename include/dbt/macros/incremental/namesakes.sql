{# A title for a chart's axis, cut after seven letters. #}
{% macro short_title(title) -%}
    case
        when char_length({{ title }}) > 8 then substring({{ title }}, 1, 7) || '…'
        else {{ title }}
    end
{%- endmacro %}

{# The films of the table that is being built which opened in one year with one of these films, as it is now or as it was
   before, under the same short title: the number behind their names depends on them. The years are asked first, so that
   Redshift reads the films of those years alone. #}
{% macro namesakes(dimension, films) %}
    {%- if not is_incremental() or not has_warehouse() -%}
        {{ return([]) }}
    {%- endif -%}
    {%- set titled -%}
        select
            {{ short_title('movie_nm') }} as short_title,
            extract(year from coalesce(open_dt, first_charted_date)) as open_year
        from {{ dimension }}
        where first_charted_date is not null and {{ is_one_of('movie_cd', films) }}
        union
        select
            {{ short_title('movie_nm') }},
            extract(year from open_dt)
        from {{ this }}
        where {{ is_one_of('movie_cd', films) }}
    {%- endset -%}
    {%- set spans = [] -%}
    {%- for year in column_of('select distinct cast(open_year as integer) from (' ~ titled ~ ') as titled') -%}
        {%- do spans.append("same.open_dt between cast('" ~ year ~ "-01-01' as date) and cast('" ~ year ~ "-12-31' as date)") -%}
    {%- endfor -%}
    {%- set question -%}
        select same.movie_cd
        from {{ this }} as same
        inner join ({{ titled }}) as titled
            on
                {{ short_title('same.movie_nm') }} = titled.short_title
                and extract(year from same.open_dt) = titled.open_year
        where {{ spans | join(' or ') }}
    {%- endset -%}
    {{ return(column_of(question) if spans else []) }}
{% endmacro %}
