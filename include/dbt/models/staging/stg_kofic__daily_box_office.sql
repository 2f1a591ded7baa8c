with

source as (
    select * from {{ source('kofic', 'daily_box_office') }}
),

-- The rows of one reply share captured_at, so rank 1 is a whole reply: a film that a later reply no longer lists goes.
-- Every window is partitioned by target_date: PostgreSQL then applies a condition on target_date before the window.
ranked as (
    select
        *,
        rank() over (
            partition by target_date, multi_movie_yn, rep_nation_cd, wide_area_cd
            order by captured_at desc, source_object desc
        ) as reply_recency
    from source
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
    where reply_recency = 1
)

select * from final
