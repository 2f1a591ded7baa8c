{{ config(sort=['movie_cd'], dist='movie_cd') }}

with

box_office as (
    select * from {{ ref('fct_daily_box_office') }}
),

observed as (
    select * from {{ ref('int_film__observed') }}
),

movie as (
    select * from {{ ref('stg_kofic__movie') }}
),

nation as (
    select * from {{ ref('stg_kofic__movie_nation') }}
),

genre as (
    select * from {{ ref('int_movie_genre__counted') }}
),

director as (
    select * from {{ ref('stg_kofic__movie_director') }}
),

actor as (
    select * from {{ ref('bridge_movie_actor') }}
),

company as (
    select * from {{ ref('bridge_movie_company') }}
),

rating as (
    select * from {{ ref('stg_kofic__movie_audit') }}
),

latest_listing as (
    select
        movie_cd,
        movie_nm,
        open_dt,
        row_number() over (
            partition by movie_cd
            order by target_date desc, captured_at desc, multi_movie_yn, rep_nation_cd, wide_area_cd
        ) as recency
    from box_office
),

nation_by_filter as (
    select
        movie_cd,
        rep_nation_cd,
        row_number() over (
            partition by movie_cd
            order by target_date desc, captured_at desc, rep_nation_cd desc
        ) as recency
    from box_office
    where rep_nation_cd in ('K', 'F')
),

diversity_by_filter as (
    select
        movie_cd,
        multi_movie_yn,
        row_number() over (
            partition by movie_cd
            order by target_date desc, captured_at desc, multi_movie_yn desc
        ) as recency
    from box_office
    where multi_movie_yn in ('Y', 'N')
),

nation_ranked as (
    select
        movie_cd,
        nation_nm,
        nation_order,
        row_number() over (partition by movie_cd order by nation_order) as place
    from nation
    where nation_nm is not null
),

nations as (
    select
        movie_cd,
        max(case when place = 1 then nation_nm end) as first_nation_nm,
        {{ joined_text('nation_nm', ordered_by='nation_order') }} as nation_nms
    from nation_ranked
    group by movie_cd
),

genres as (
    select
        movie_cd,
        max(case when genre_order = 1 then genre_nm end) as first_genre_nm,
        max(genre_count) as genre_count,
        {{ joined_text('genre_nm', ordered_by='genre_order') }} as genre_nms
    from genre
    group by movie_cd
),

directors as (
    select
        movie_cd,
        {{ joined_text('people_nm', ordered_by='director_order') }} as director_nms
    from director
    group by movie_cd
),

main_actors as (
    select
        movie_cd,
        {{ joined_text('people_nm', ordered_by='billing_order') }} as main_actor_nms
    from actor
    where billing_order <= 5
    group by movie_cd
),

distributor_ranked as (
    select
        movie_cd,
        company_cd,
        company_nm,
        row_number() over (partition by movie_cd order by company_order) as place
    from company
    where company_part_nm = '배급사'
),

rating_ranked as (
    select
        movie_cd,
        watch_grade_nm,
        row_number() over (partition by movie_cd order by audit_order) as place
    from rating
    where watch_grade_nm is not null
),

every_movie as (
    select movie_cd from box_office
    union
    select movie_cd from movie
),

titled as (
    select
        every_movie.movie_cd,
        coalesce(movie.movie_nm, latest_listing.movie_nm) as movie_nm,
        coalesce(movie.open_dt, latest_listing.open_dt) as open_dt
    from every_movie
    left join movie
        on every_movie.movie_cd = movie.movie_cd
    left join latest_listing
        on
            every_movie.movie_cd = latest_listing.movie_cd
            and latest_listing.recency = 1
),

final as (
    select
        cast(titled.movie_cd as varchar(64)) as movie_cd,
        cast(titled.movie_nm as varchar(1024)) as movie_nm,
        cast(movie.movie_nm_en as varchar(1024)) as movie_nm_en,
        cast(movie.movie_nm_og as varchar(1024)) as movie_nm_og,
        titled.open_dt,
        cast(
            coalesce(
                nation_by_filter.rep_nation_cd,
                case
                    when nations.first_nation_nm = '한국' then 'K'
                    when nations.first_nation_nm is not null then 'F'
                end
            ) as varchar(64)
        ) as rep_nation_cd,
        cast(nations.nation_nms as varchar(4096)) as nation_nms,
        diversity_by_filter.multi_movie_yn = 'Y' as is_diversity_film,
        movie.show_tm,
        movie.prdt_year,
        cast(movie.prdt_stat_nm as varchar(64)) as prdt_stat_nm,
        cast(movie.type_nm as varchar(64)) as type_nm,
        cast(genres.first_genre_nm as varchar(64)) as first_genre_nm,
        cast(genres.genre_nms as varchar(4096)) as genre_nms,
        cast(coalesce(genres.genre_count, 0) as bigint) as genre_count,
        cast(directors.director_nms as varchar(4096)) as director_nms,
        cast(main_actors.main_actor_nms as varchar(4096)) as main_actor_nms,
        cast(distributor_ranked.company_cd as varchar(64)) as distributor_cd,
        cast(distributor_ranked.company_nm as varchar(1024)) as distributor_nm,
        cast(rating_ranked.watch_grade_nm as varchar(64)) as watch_grade_nm,
        -- Definitions of the two: dim_movie.yml.
        coalesce(
            titled.open_dt between observed.collected_from and observed.collected_until,
            false
        ) as is_observed_from_opening,
        coalesce(
            observed.observed_from - titled.open_dt > 180
            or extract(year from titled.open_dt) - movie.prdt_year > 10,
            false
        ) as is_rerelease,
        observed.observed_from,
        observed.observed_until,
        cast(coalesce(observed.days_charted, 0) as bigint) as days_charted,
        cast(coalesce(observed.days_in_top_ten, 0) as bigint) as days_in_top_ten,
        observed.peak_screens,
        cast(observed.observed_sales as bigint) as observed_sales,
        cast(observed.observed_admissions as bigint) as observed_admissions,
        cast(observed.unobserved_sales as bigint) as unobserved_sales,
        cast(observed.unobserved_admissions as bigint) as unobserved_admissions,
        observed.lifetime_sales,
        observed.lifetime_admissions,
        movie.known_to_api,
        movie.captured_at as master_captured_at
    from titled
    left join movie
        on titled.movie_cd = movie.movie_cd
    left join observed
        on titled.movie_cd = observed.movie_cd
    left join nation_by_filter
        on
            titled.movie_cd = nation_by_filter.movie_cd
            and nation_by_filter.recency = 1
    left join diversity_by_filter
        on
            titled.movie_cd = diversity_by_filter.movie_cd
            and diversity_by_filter.recency = 1
    left join nations
        on titled.movie_cd = nations.movie_cd
    left join genres
        on titled.movie_cd = genres.movie_cd
    left join directors
        on titled.movie_cd = directors.movie_cd
    left join main_actors
        on titled.movie_cd = main_actors.movie_cd
    left join distributor_ranked
        on
            titled.movie_cd = distributor_ranked.movie_cd
            and distributor_ranked.place = 1
    left join rating_ranked
        on
            titled.movie_cd = rating_ranked.movie_cd
            and rating_ranked.place = 1
)

select * from final
