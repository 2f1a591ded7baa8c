{{ config(sort=['last_date'], dist='all') }}

with

weekly as (
    select
        *,
        case week_gb when '0' then '주간' when '1' then '주말' else '주중' end as period_nm
    from {{ ref('stg_kofic__weekly_box_office') }}
    where wide_area_cd = 'ALL' and (multi_movie_yn = 'ALL' or rep_nation_cd = 'ALL')
),

daily as (
    select * from {{ ref('fct_daily_box_office') }}
    where wide_area_cd = 'ALL' and (multi_movie_yn = 'ALL' or rep_nation_cd = 'ALL')
),

-- Of the table, not of `daily`: PostgreSQL keeps what is read twice in a copy without statistics, and sorts where it
-- could hash.
day as (
    select target_date
    from {{ ref('fct_daily_box_office') }}
    where wide_area_cd = 'ALL' and (multi_movie_yn = 'ALL' or rep_nation_cd = 'ALL')
    group by target_date
),

film as (
    select * from {{ ref('film_performance') }}
),

newest as (
    select max(target_date) as target_date from day
),

listed_day as (
    select
        target_date,
        cast(date_trunc('week', target_date) as date) as monday,
        cast(date_trunc('month', target_date) as date) as month_start
    from day
),

day_period as (
    select
        target_date,
        '주간' as period_nm,
        monday as first_date,
        monday + 6 as last_date
    from listed_day
    union all
    select
        target_date,
        '주말' as period_nm,
        monday + 4 as first_date,
        monday + 6 as last_date
    from listed_day
    where target_date >= monday + 4
    union all
    select
        target_date,
        '주중' as period_nm,
        monday as first_date,
        monday + 3 as last_date
    from listed_day
    where target_date < monday + 4
    union all
    select
        target_date,
        '월간' as period_nm,
        month_start as first_date,
        -- The day before the next month begins: 31 days after its first, every month has begun.
        cast(date_trunc('month', month_start + 31) as date) - 1 as last_date
    from listed_day
),

-- At most what a film took: on the other days it was not among the ten.
summed as (
    select
        day_period.period_nm,
        day_period.first_date,
        day_period.last_date,
        daily.multi_movie_yn,
        daily.rep_nation_cd,
        daily.movie_cd,
        cast(sum(daily.sales_amt) as bigint) as sales_amt,
        cast(sum(daily.audi_cnt) as bigint) as audi_cnt,
        max(daily.scrn_cnt) as scrn_cnt,
        cast(sum(daily.show_cnt) as bigint) as show_cnt,
        -- Then the sum is no less than what the film took.
        count(*) = day_period.last_date - day_period.first_date + 1 as is_every_day
    from daily
    inner join day_period
        on daily.target_date = day_period.target_date
    where day_period.last_date <= (select newest.target_date from newest)
    group by
        day_period.period_nm,
        day_period.first_date,
        day_period.last_date,
        daily.multi_movie_yn,
        daily.rep_nation_cd,
        daily.movie_cd
),

by_days as (
    select
        *,
        audi_cnt as audi_cnt_by_days,
        case period_nm when '월간' then first_date - 1 else last_date - 7 end as last_date_before,
        rank() over (
            partition by period_nm, last_date, multi_movie_yn, rep_nation_cd order by audi_cnt desc
        ) as rank
    from summed
),

period_list as (
    select
        period_nm,
        last_date,
        multi_movie_yn,
        rep_nation_cd
    from summed
    group by period_nm, last_date, multi_movie_yn, rep_nation_cd
),

official_list as (
    select
        period_nm,
        last_date,
        multi_movie_yn,
        rep_nation_cd
    from weekly
    group by period_nm, last_date, multi_movie_yn, rep_nation_cd
),

estimated as (
    select
        by_days.*,
        before_film.rank as rank_before,
        case when by_days.is_every_day and before_film.is_every_day then before_film.audi_cnt end as audi_cnt_before,
        before_list.last_date is not null as has_period_before
    from by_days
    left join period_list as before_list
        on
            by_days.period_nm = before_list.period_nm
            and by_days.multi_movie_yn = before_list.multi_movie_yn
            and by_days.rep_nation_cd = before_list.rep_nation_cd
            and by_days.last_date_before = before_list.last_date
    left join by_days as before_film
        on
            before_list.period_nm = before_film.period_nm
            and before_list.multi_movie_yn = before_film.multi_movie_yn
            and before_list.rep_nation_cd = before_film.rep_nation_cd
            and before_list.last_date = before_film.last_date
            and by_days.movie_cd = before_film.movie_cd
            and before_film.rank <= 10
    left join official_list
        on
            by_days.period_nm = official_list.period_nm
            and by_days.last_date = official_list.last_date
            and by_days.multi_movie_yn = official_list.multi_movie_yn
            and by_days.rep_nation_cd = official_list.rep_nation_cd
    where official_list.last_date is null and by_days.rank <= 10
),

ranked as (
    select
        weekly.period_nm,
        weekly.first_date,
        weekly.last_date,
        weekly.last_date - 7 as last_date_before,
        weekly.multi_movie_yn,
        weekly.rep_nation_cd,
        true as is_official,
        weekly.movie_cd,
        weekly.movie_nm,
        weekly.rank,
        case when weekly.rank_old_and_new <> 'NEW' then weekly.rank_inten end as rank_inten,
        weekly.rank_old_and_new = 'NEW' as is_new,
        weekly.sales_amt,
        weekly.audi_cnt,
        -- KOFIC sends 100 % for what was not there before.
        case when weekly.audi_inten <> weekly.audi_cnt then weekly.audi_change end as audi_change,
        by_days.audi_cnt_by_days,
        weekly.scrn_cnt,
        weekly.show_cnt
    from weekly
    left join by_days
        on
            weekly.period_nm = by_days.period_nm
            and weekly.last_date = by_days.last_date
            and weekly.multi_movie_yn = by_days.multi_movie_yn
            and weekly.rep_nation_cd = by_days.rep_nation_cd
            and weekly.movie_cd = by_days.movie_cd
    union all
    select
        period_nm,
        first_date,
        last_date,
        last_date_before,
        multi_movie_yn,
        rep_nation_cd,
        false as is_official,
        movie_cd,
        cast(null as varchar(1024)) as movie_nm,
        rank,
        rank_before - rank as rank_inten,
        has_period_before and rank_before is null as is_new,
        sales_amt,
        audi_cnt,
        {{ ratio('(audi_cnt - audi_cnt_before) * 100', 'audi_cnt_before') }} as audi_change,
        audi_cnt_by_days,
        scrn_cnt,
        show_cnt
    from estimated
),

final as (
    select
        cast(ranked.period_nm as varchar(64)) as period_nm,
        ranked.first_date,
        ranked.last_date,
        cast({{ list_nm('ranked.multi_movie_yn', 'ranked.rep_nation_cd') }} as varchar(64)) as list_nm,
        ranked.is_official,
        cast(ranked.rank as bigint) as rank,
        cast(
            case
                when ranked.is_new then 'NEW'
                when ranked.rank_inten > 0 then '▲' || cast(ranked.rank_inten as varchar(16))
                when ranked.rank_inten < 0 then '▼' || cast(-ranked.rank_inten as varchar(16))
                when ranked.rank_inten = 0 then '–'
                else ''
            end as varchar(64)
        ) as movement_txt,
        ranked.movie_cd,
        cast(coalesce(film.movie_nm, ranked.movie_nm) as varchar(1024)) as movie_nm,
        film.open_dt,
        cast(coalesce(film.nation_nm, '미상') as varchar(64)) as nation_nm,
        cast(coalesce(film.film_type_nm, '미상') as varchar(64)) as film_type_nm,
        cast(coalesce(film.genre_nm, '미상') as varchar(64)) as genre_nm,
        cast(coalesce(film.distributor_nm, '미상') as varchar(1024)) as distributor_nm,
        ranked.sales_amt,
        ranked.audi_cnt,
        -- Previews before the release are no period to compare with.
        cast(
            case when film.open_dt <= ranked.last_date_before then ranked.audi_change end as numeric(18, 4)
        ) as audi_change,
        ranked.audi_cnt_by_days,
        ranked.scrn_cnt,
        ranked.show_cnt
    from ranked
    left join film
        on ranked.movie_cd = film.movie_cd
)

select * from final
