{{ config(sort=['month_start'], dist='movie_cd') }}

with

film_day as (
    select * from {{ ref('int_film_day__distinct') }}
),

film as (
    select * from {{ ref('film_performance') }}
),

company as (
    select * from {{ ref('bridge_movie_company') }}
    where company_part_nm in ('배급사', '제작사', '수입사')
),

part as (
    select cast('배급사' as varchar(64)) as company_part_nm
    union all
    select '제작·수입사'
),

-- Producers and importers are one part. Priority 1 is the role that counts for the film: importers of a foreign film,
-- producers of any other. Priority 2, the other role, counts where nobody has the first.
company_role as (
    select
        company.movie_cd,
        case company.company_part_nm when '배급사' then '배급사' else '제작·수입사' end as company_part_nm,
        company.company_part_nm as company_role_nm,
        company.company_cd,
        company.company_nm,
        company.company_order,
        case
            when company.company_part_nm = '제작사' and film.nation_nm = '외국' then 2
            when company.company_part_nm = '수입사' and film.nation_nm <> '외국' then 2
            else 1
        end as role_priority
    from company
    inner join film
        on company.movie_cd = film.movie_cd
),

chosen as (
    select
        *,
        min(role_priority) over (partition by movie_cd, company_part_nm) as best_priority
    from company_role
),

counted as (
    select
        movie_cd,
        company_part_nm,
        company_role_nm,
        company_cd,
        company_nm,
        row_number() over (partition by movie_cd, company_part_nm order by company_order) as place,
        count(*) over (partition by movie_cd, company_part_nm) as company_count
    from chosen
    where role_priority = best_priority
),

rounded as (
    select
        *,
        cast(round(cast(1 as numeric(18, 8)) / company_count, 8) as numeric(9, 8)) as rounded_share
    from counted
),

-- The last company takes the rest, so that the shares of a film sum to exactly 1.
shared as (
    select
        movie_cd,
        company_part_nm,
        company_role_nm,
        company_cd,
        company_nm,
        cast(
            case
                when place < company_count then rounded_share
                else cast(1 - (company_count - 1) * rounded_share as numeric(9, 8))
            end as numeric(9, 8)
        ) as even_share
    from rounded
),

film_month as (
    select
        cast(date_trunc('month', target_date) as date) as month_start,
        movie_cd,
        sum(sales) as sales,
        sum(admissions) as admissions
    from film_day
    group by date_trunc('month', target_date), movie_cd
),

recent as (
    select
        shared.company_role_nm,
        shared.company_cd,
        row_number() over (
            partition by shared.company_role_nm
            order by sum(film_month.sales * shared.even_share) desc, shared.company_cd
        ) as place
    from film_month
    inner join shared
        on film_month.movie_cd = shared.movie_cd
    where film_month.month_start > (select max(film_day.target_date) - 365 from film_day)
    group by shared.company_role_nm, shared.company_cd
),

final as (
    select
        film_month.month_start,
        cast(coalesce(shared.company_cd, '-') as varchar(64)) as company_cd,
        cast(coalesce(shared.company_nm, '미상') as varchar(1024)) as company_nm,
        cast(
            case
                when shared.company_cd is null then '미상'
                when recent.place <= 7 then shared.company_nm
                else '기타'
            end as varchar(1024)
        ) as company_group_nm,
        cast(part.company_part_nm as varchar(64)) as company_part_nm,
        cast(coalesce(shared.company_role_nm, '미상') as varchar(64)) as company_role_nm,
        film.movie_cd,
        film.movie_nm,
        film.film_label,
        film.nation_nm,
        film.film_type_nm,
        film.genre_nm,
        cast(film_month.sales as bigint) as sales,
        cast(film_month.admissions as bigint) as admissions,
        cast(film_month.sales * coalesce(shared.even_share, 1) as numeric(28, 8)) as sales_even,
        cast(film_month.admissions * coalesce(shared.even_share, 1) as numeric(28, 8)) as admissions_even
    from film_month
    inner join film
        on film_month.movie_cd = film.movie_cd
    -- A film without a company gets a row of each part, under 미상.
    cross join part
    left join shared
        on
            film_month.movie_cd = shared.movie_cd
            and part.company_part_nm = shared.company_part_nm
    left join recent
        on
            shared.company_role_nm = recent.company_role_nm
            and shared.company_cd = recent.company_cd
)

select * from final
