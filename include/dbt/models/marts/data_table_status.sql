{{ config(dist='all') }}

{% set raw_tables = [
    ('daily_box_office', 'boxoffice/searchDaily%'),
    ('weekly_box_office', 'boxoffice/searchWeekly%'),
    ('movie', 'movie/%'),
    ('movie_nation', 'movie/%'),
    ('movie_genre', 'movie/%'),
    ('movie_director', 'movie/%'),
    ('movie_actor', 'movie/%'),
    ('movie_show_type', 'movie/%'),
    ('movie_company', 'movie/%'),
    ('movie_audit', 'movie/%'),
    ('movie_staff', 'movie/%'),
    ('api_call', '%'),
    ('rejected_record', '%'),
] %}


with

load_audit as (
    select * from {{ ref('stg_kofic__load_audit') }}
),

api_call as (
    select * from {{ ref('stg_kofic__api_call') }}
),

period as (
    select max(loaded_at) - interval '30 days' as since from load_audit
),

-- Each raw table and the endpoints whose answers fill it. The table of calls has every answer's moment, so that no raw
-- table has to be read from end to end.
raw_table as (
    {% for table_name, endpoints in raw_tables %}
        select
            cast('{{ table_name }}' as varchar(64)) as table_name,
            cast('{{ endpoints }}' as varchar(64)) as endpoints
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

loaded as (
    select
        load_audit.table_name,
        sum(load_audit.row_count) as row_count,
        count(*) as objects,
        max(load_audit.loaded_at) as last_loaded_at
    from load_audit
    inner join period
        on load_audit.loaded_at > period.since
    group by load_audit.table_name
),

answered as (
    select
        api_call.endpoint,
        max(api_call.captured_at) as last_captured_at
    from api_call
    inner join period
        on api_call.captured_at > period.since
    group by api_call.endpoint
),

captured as (
    select
        raw_table.table_name,
        max(answered.last_captured_at) as last_captured_at
    from raw_table
    left join answered
        on answered.endpoint like raw_table.endpoints
    group by raw_table.table_name
),

newest as (
    select max(last_captured_at) as last_captured_at from captured
),

final as (
    select
        captured.table_name,
        {{ raw_table_nm('captured.table_name') }} as table_nm,
        cast(coalesce(loaded.row_count, 0) as bigint) as rows_in_30_days,
        cast(coalesce(loaded.objects, 0) as bigint) as objects_in_30_days,
        captured.last_captured_at,
        loaded.last_loaded_at,
        cast(
            (
                cast(extract(epoch from newest.last_captured_at) as numeric(20, 4))
                - cast(extract(epoch from captured.last_captured_at) as numeric(20, 4))
            ) / 3600 as numeric(18, 2)
        ) as hours_behind_newest
    from captured
    cross join newest
    left join loaded
        on captured.table_name = loaded.table_name
)

select * from final
