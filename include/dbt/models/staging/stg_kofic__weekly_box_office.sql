with

source as (
    select * from {{ source('kofic', 'weekly_box_office') }}
),

-- A reply's rows, its rejected records and its call share the moment at which it came.
torn as (
    select captured_at as torn_at
    from {{ source('kofic', 'api_call') }}
    where endpoint = 'boxoffice/searchWeeklyBoxOfficeList' and rejected > 0
    group by captured_at
),

-- The latest whole reply; where none is whole, the latest.
ranked as (
    select
        source.*,
        rank() over (
            partition by
                source.last_date, source.week_gb, source.multi_movie_yn, source.rep_nation_cd, source.wide_area_cd
            order by
                case when torn.torn_at is null then 0 else 1 end,
                source.captured_at desc,
                source.source_object desc
        ) as place
    from source
    left join torn
        on source.captured_at = torn.torn_at
),

final as (
    select
        first_date,
        last_date,
        week_gb,
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
