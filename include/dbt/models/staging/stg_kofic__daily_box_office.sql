with

source as (
    select * from {{ source('kofic', 'daily_box_office') }}
),

-- A reply's rows, its rejected records and its call share the moment at which it came.
torn as (
    select captured_at as torn_at
    from {{ source('kofic', 'api_call') }}
    where endpoint = 'boxoffice/searchDailyBoxOfficeList' and rejected > 0
    group by captured_at
),

-- Every window is partitioned by target_date: PostgreSQL then applies a condition on target_date before the window.
counted as (
    select
        source.*,
        torn.torn_at is null as is_whole,
        count(*) over (
            partition by
                source.target_date, source.multi_movie_yn, source.rep_nation_cd, source.wide_area_cd,
                source.captured_at, source.source_object
        ) as reply_rows
    from source
    left join torn
        on source.captured_at = torn.torn_at
),

dated as (
    select
        *,
        max(case when is_whole then captured_at end) over (
            partition by target_date, multi_movie_yn, rep_nation_cd, wide_area_cd
        ) as whole_at
    from counted
),

-- The latest whole reply, and those with rejected records that came after it. One of these takes its place where it has
-- as many readable rows; else the earlier one stays until a reply is whole again. A film that place 1 lacks is gone.
ranked as (
    select
        *,
        rank() over (
            partition by target_date, multi_movie_yn, rep_nation_cd, wide_area_cd
            order by reply_rows desc, captured_at desc, source_object desc
        ) as place
    from dated
    where whole_at is null or captured_at >= whole_at
),

final as (
    select
        target_date,
        multi_movie_yn,
        rep_nation_cd,
        wide_area_cd,
        rnum,
        rank,
        rank_inten,
        rank_old_and_new,
        movie_cd,
        movie_nm,
        open_dt,
        sales_amt,
        sales_share,
        sales_inten,
        sales_change,
        sales_acc,
        audi_cnt,
        audi_inten,
        audi_change,
        audi_acc,
        scrn_cnt,
        show_cnt,
        captured_at,
        source_object
    from ranked
    where place = 1
)

select * from final
