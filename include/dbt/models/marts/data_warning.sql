{{ config(sort=['target_date'], dist='all') }}

with

box_office as (
    select * from {{ ref('fct_daily_box_office') }}
),

capture as (
    select * from {{ source('kofic', 'daily_box_office') }}
),

observed as (
    select * from {{ ref('int_film__observed') }}
),

api_call as (
    select * from {{ ref('stg_kofic__api_call') }}
),

load_audit as (
    select * from {{ ref('stg_kofic__load_audit') }}
),

period as (
    select max(loaded_at) - interval '30 days' as since from load_audit
),

reply as (
    select
        capture.target_date,
        capture.multi_movie_yn,
        capture.rep_nation_cd,
        capture.wide_area_cd,
        capture.captured_at,
        capture.source_object,
        count(*) as reply_rows
    from capture
    inner join period
        on capture.captured_at > period.since
    group by
        capture.target_date,
        capture.multi_movie_yn,
        capture.rep_nation_cd,
        capture.wide_area_cd,
        capture.captured_at,
        capture.source_object
),

torn as (
    select captured_at as torn_at
    from api_call
    where endpoint = 'boxoffice/searchDailyBoxOfficeList' and rejected > 0
    group by captured_at
),

-- A film's figures of a day beside those of the day before on the same list.
followed as (
    select
        today.target_date,
        today.movie_cd,
        today.movie_nm,
        today.captured_at,
        today.audi_cnt,
        today.audi_inten,
        today.audi_acc,
        today.sales_amt,
        today.sales_inten,
        today.sales_acc,
        today.rank,
        today.rank_inten,
        yesterday.audi_cnt as audi_cnt_before,
        yesterday.audi_acc as audi_acc_before,
        yesterday.sales_amt as sales_amt_before,
        yesterday.sales_acc as sales_acc_before,
        yesterday.rank as rank_before
    from box_office as today
    inner join period
        on today.captured_at > period.since
    inner join box_office as yesterday
        on
            today.movie_cd = yesterday.movie_cd
            and today.multi_movie_yn = yesterday.multi_movie_yn
            and today.rep_nation_cd = yesterday.rep_nation_cd
            and today.wide_area_cd = yesterday.wide_area_cd
            and today.target_date = yesterday.target_date + 1
),

{% set rules = [
    ('누적 관객수', 'audi_acc', 'audi_acc_before + audi_cnt'),
    ('누적 매출액', 'sales_acc', 'sales_acc_before + sales_amt'),
    ('관객수 증감', 'audi_inten', 'audi_cnt - audi_cnt_before'),
    ('매출액 증감', 'sales_inten', 'sales_amt - sales_amt_before'),
    ('순위 증감', 'rank_inten', 'rank_before - rank'),
] %}

contradicted as (
    {% for name, figure, expected in rules %}
        select
            target_date,
            movie_cd,
            movie_nm,
            captured_at,
            cast('{{ name }}' as varchar(64)) as rule_nm,
            'KOFIC ' || cast({{ figure }} as varchar(32)) || ', 전날에서 셈하면 ' || cast({{ expected }} as varchar(32))
                as detail_txt
        from followed
        where {{ figure }} <> {{ expected }}
        union all
    {% endfor %}
    select
        box_office.target_date,
        box_office.movie_cd,
        box_office.movie_nm,
        box_office.captured_at,
        cast('관측 합계' as varchar(64)) as rule_nm,
        'KOFIC 누적 ' || cast(observed.observed_admissions + observed.unobserved_admissions as varchar(32))
        || '명, 날마다 더하면 ' || cast(observed.observed_admissions as varchar(32)) || '명' as detail_txt
    from observed
    inner join box_office
        on
            observed.movie_cd = box_office.movie_cd
            and observed.observed_until = box_office.target_date
    inner join period
        on box_office.captured_at > period.since
    where observed.unobserved_sales < 0 or observed.unobserved_admissions < 0
),

-- Several lists of a day name one film with the same figures: once is enough.
contradiction as (
    select
        target_date,
        movie_cd,
        rule_nm,
        max(movie_nm) as movie_nm,
        max(detail_txt) as detail_txt,
        max(captured_at) as captured_at
    from contradicted
    group by target_date, movie_cd, rule_nm
),

followed_reply as (
    select
        reply.*,
        torn.torn_at is not null as is_torn,
        lag(reply.reply_rows) over (
            partition by reply.target_date, reply.multi_movie_yn, reply.rep_nation_cd, reply.wide_area_cd
            order by reply.captured_at, reply.source_object
        ) as rows_before,
        lag(reply.captured_at) over (
            partition by reply.target_date, reply.multi_movie_yn, reply.rep_nation_cd, reply.wide_area_cd
            order by reply.captured_at, reply.source_object
        ) as captured_before
    from reply
    left join torn
        on reply.captured_at = torn.torn_at
),

shorter as (
    select
        target_date,
        captured_at,
        case
            when is_torn then '거부된 기록이 있어 앞의 목록을 쓴다'
            else '목록이 짧아졌다'
        end as rule_nm,
        {{ list_nm('multi_movie_yn', 'rep_nation_cd') }}
        || case when wide_area_cd = 'ALL' then '' else ' 지역 ' || wide_area_cd end || ' 목록: '
        || to_char(captured_before at time zone 'Asia/Seoul', 'YYYY-MM-DD HH24:MI') || ' '
        || cast(rows_before as varchar(16)) || '편, '
        || to_char(captured_at at time zone 'Asia/Seoul', 'YYYY-MM-DD HH24:MI') || ' '
        || cast(reply_rows as varchar(16)) || '편' as detail_txt
    from followed_reply
    where reply_rows < rows_before
),

final as (
    select
        target_date,
        cast(movie_cd as varchar(64)) as movie_cd,
        cast(coalesce(movie_nm, movie_cd) as varchar(1024)) as movie_nm,
        rule_nm,
        cast(detail_txt as varchar(1024)) as detail_txt,
        captured_at
    from contradiction
    union all
    select
        target_date,
        cast('-' as varchar(64)) as movie_cd,
        cast('(목록)' as varchar(1024)) as movie_nm,
        cast(rule_nm as varchar(64)) as rule_nm,
        cast(detail_txt as varchar(1024)) as detail_txt,
        captured_at
    from shorter
)

select * from final
