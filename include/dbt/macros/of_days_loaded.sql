{# In an incremental run: target_date between the oldest and the newest day of the objects loaded since the table was last
   built; days that an object held when it was loaded before count too. Loads of the last hour are read again, because a
   load that began before the newest one may have been committed after it. Literals, because neither PostgreSQL nor Redshift
   pushes a join below the window functions of staging. `make lint` compiles without a warehouse: any range will do. Nothing
   loaded: a range without rows. #}
{% macro of_days_loaded() -%}
    {%- if not flags.INTROSPECT -%}
        where target_date between cast('2024-06-24' as date) and cast('2024-06-30' as date)
    {%- elif is_incremental() -%}
        {%- set loaded -%}
            select
                coalesce(min(first_target_date), cast('1900-01-01' as date)),
                coalesce(max(last_target_date), cast('1900-01-01' as date))
            from {{ source('kofic', 'load_audit') }}
            where
                table_name = 'daily_box_office'
                and loaded_at > (
                    select coalesce(max(loaded_at) - interval '1 hour', cast('1900-01-01' as timestamptz))
                    from {{ this }}
                )
        {%- endset -%}
        {%- set first, last = run_query(loaded).rows[0] -%}
        where target_date between cast('{{ first }}' as date) and cast('{{ last }}' as date)
    {%- endif -%}
{%- endmacro %}
