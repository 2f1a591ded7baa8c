{{ config(sort=['captured_on'], dist='all') }}

{# What the extraction says of a field (include/kofic/columns.py, parse.py), after the field's name. #}
{%- set of_a_field = [
    ('is missing', '값이 없음'),
    ('is missing or no list', '목록이 없음'),
    ('is empty', '빈 값'),
    ('is not a whole number', '정수가 아님'),
    ('is not a decimal number', '소수가 아님'),
    ('has more than %', '자릿수가 너무 많음'),
    ('is not a date', '날짜가 아님'),
    ('is no film code', '영화 코드가 아님'),
    ('is longer than %', '너무 긺'),
    ('expected text%', '글자가 아님'),
    ('holds %', '읽을 수 없는 글자'),
] %}

with

rejected_record as (
    select * from {{ ref('stg_kofic__rejected_record') }}
),

api_call as (
    select * from {{ ref('stg_kofic__api_call') }}
),

-- A record too long for one column has several rows; its first piece counts.
counted as (
    select
        table_name,
        reason,
        captured_on,
        sum(case when part_number = 1 then 1 else 0 end) as rejected_records
    from rejected_record
    group by table_name, reason, captured_on
),

sound_day as (
    select api_call.captured_on
    from api_call
    left join counted
        on api_call.captured_on = counted.captured_on
    where counted.captured_on is null
    group by api_call.captured_on
),

named as (
    select
        *,
        case
            when reason like 'the reply answers another request%' then '다른 요청의 응답'
            when reason like 'the reply has no %' then '응답에 목록이나 영화 정보가 없음'
            when reason like 'is not an object%' then '기록이 객체가 아님'
            when reason like 'KOFIC returned fault %' then 'KOFIC이 요청을 거절함'
            when reason like 'no answer%' or reason like 'HTTP %' or reason like 'a redirect%' then '응답 없음'
            {% for words, korean in of_a_field -%}
                when reason like '% {{ words }}' then split_part(reason, ' ', 1) || ': {{ korean }}'
            {% endfor -%}
            else '읽을 수 없는 응답'
        end as reason_nm
    from counted
),

final as (
    select
        captured_on,
        cast(table_name as varchar(64)) as table_name,
        {{ raw_table_nm('table_name') }} as table_nm,
        cast(reason as varchar(4096)) as reason,
        cast(reason_nm as varchar(4096)) as reason_nm,
        cast(rejected_records as bigint) as rejected_records
    from named
    union all
    select
        captured_on,
        cast('-' as varchar(64)) as table_name,
        cast('-' as varchar(64)) as table_nm,
        cast('거부 없음' as varchar(4096)) as reason,
        cast('거부 없음' as varchar(4096)) as reason_nm,
        cast(0 as bigint) as rejected_records
    from sound_day
)

select * from final
