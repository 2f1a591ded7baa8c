{{ config(sort=['open_dt'], dist='movie_cd') }}

with

film_day as (
    select * from {{ ref('int_film_day__distinct') }}
),

film as (
    select * from {{ ref('film_performance') }}
    -- Previews alone are no run.
    where observation_nm = '개봉부터 관측' and observed_until >= open_dt
),

opened as (
    select
        *,
        cast(date_trunc('week', open_dt) as date) + 4 as friday,
        cast(date_trunc('week', open_dt) as date) + 6 as sunday
    from film
),

-- What KOFIC has counted up to a day is known by that day's entry, or by the one of the day after, less that day's own.
milestone as (
    select
        opened.movie_cd,
        max(case when film_day.target_date = opened.open_dt then film_day.admissions end) as opening_day_admissions,
        max(
            case when film_day.target_date = opened.open_dt then film_day.audi_acc - film_day.admissions end
        ) as acc_before_opening,
        max(case
            when film_day.target_date = opened.friday then film_day.audi_acc - film_day.admissions
            when film_day.target_date = opened.friday - 1 then film_day.audi_acc
        end) as acc_before_weekend,
        max(case
            when film_day.target_date = opened.sunday then film_day.audi_acc
            when film_day.target_date = opened.sunday + 1 then film_day.audi_acc - film_day.admissions
        end) as acc_after_weekend,
        max(case
            when film_day.target_date = opened.friday + 7 then film_day.audi_acc - film_day.admissions
            when film_day.target_date = opened.friday + 6 then film_day.audi_acc
        end) as acc_before_second,
        max(case
            when film_day.target_date = opened.sunday + 7 then film_day.audi_acc
            when film_day.target_date = opened.sunday + 8 then film_day.audi_acc - film_day.admissions
        end) as acc_after_second
    from opened
    inner join film_day
        on
            opened.movie_cd = film_day.movie_cd
            and film_day.target_date between opened.open_dt and opened.sunday + 8
    group by opened.movie_cd
),

measured as (
    select
        opened.*,
        milestone.opening_day_admissions,
        milestone.acc_after_weekend - case
            when opened.open_dt >= opened.friday then milestone.acc_before_opening
            else milestone.acc_before_weekend
        end as opening_weekend_admissions,
        milestone.acc_after_second - milestone.acc_before_second as second_weekend_admissions
    from opened
    left join milestone
        on opened.movie_cd = milestone.movie_cd
),

final as (
    select
        movie_cd,
        movie_nm,
        film_label,
        open_dt,
        nation_nm,
        film_type_nm,
        genre_nm,
        distributor_nm,
        opening_day_admissions,
        cast(opening_weekend_admissions as bigint) as opening_weekend_admissions,
        cast(second_weekend_admissions as bigint) as second_weekend_admissions,
        cast(
            {{ ratio('second_weekend_admissions * 100', 'opening_weekend_admissions') }} - 100 as numeric(18, 2)
        ) as second_weekend_change,
        lifetime_admissions as total_admissions,
        {{ ratio('lifetime_admissions', 'opening_weekend_admissions') }} as multiple,
        cast(observed_until - open_dt + 1 as bigint) as days_to_last_listing,
        days_charted as days_on_lists,
        is_running
    from measured
)

select * from final
