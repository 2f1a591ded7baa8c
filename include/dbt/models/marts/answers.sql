{{ config(sort=['board_slug'], dist='all') }}

{# Fewer films or days than these say nothing about how two things go together. #}
{%- set enough_films = 10 -%}
{%- set enough_days = 28 -%}

with

film_day as (
    select * from {{ ref('int_film_day__distinct') }}
),

film as (
    select * from {{ ref('film_performance') }}
),

film_screens as (
    select
        *,
        cast(observed_admissions as double precision) / expected_admissions as ratio
    from {{ ref('film_screens') }}
    where observation_nm = '개봉부터 관측' and expected_admissions > 0
),

opening as (
    select * from {{ ref('film_opening') }}
),

film_genre as (
    select * from {{ ref('int_film_genre__shared') }}
),

holiday_genre as (
    select * from {{ ref('holiday_genre') }}
),

company_month as (
    select * from {{ ref('company_month') }}
    where company_part_nm = '배급사'
),

person as (
    select * from {{ ref('person_film') }}
    where credit_nm = '배우'
),

ranking as (
    select * from {{ ref('period_ranking') }}
    where list_nm = '전체' and period_nm = '주말' and rank = 1
),

calendar as (
    select * from {{ ref('dim_date') }}
),

missing_day as (
    select * from {{ ref('data_missing_day') }}
),

warning as (
    select * from {{ ref('data_warning') }}
),

collected as (
    select
        min(target_date) as first_date,
        max(target_date) as last_date
    from film_day
    having count(*) > 0
),

period as (
    select
        '최근 12개월' as period_nm,
        case when first_date > last_date - 364 then '최근 12개월 중 자료가 있는 기간' else '최근 12개월' end as shown_nm,
        greatest(first_date, last_date - 364) as first_date,
        last_date
    from collected
    union all
    select
        '올해' as period_nm,
        '올해' as shown_nm,
        greatest(first_date, cast(date_trunc('year', last_date) as date)) as first_date,
        last_date
    from collected
    union all
    select
        '전체 기간' as period_nm,
        '전체 기간' as shown_nm,
        first_date,
        last_date
    from collected
),

named_period as (
    select
        *,
        shown_nm
        || '(' || cast(first_date as varchar(10)) || '~' || cast(last_date as varchar(10)) || ')' as period_txt
    from period
),

total as (
    select
        target_date,
        cast(sum(sales) as double precision) as sales,
        cast(sum(admissions) as double precision) as admissions
    from film_day
    group by target_date
),

-- Overview

period_total as (
    select
        period.period_nm,
        sum(total.sales) as sales,
        sum(total.admissions) as admissions
    from period
    inner join total
        on total.target_date between period.first_date and period.last_date
    group by period.period_nm
),

film_of_period as (
    select
        period.period_nm,
        film_day.movie_cd,
        sum(film_day.admissions) as admissions,
        row_number() over (
            partition by period.period_nm
            order by sum(film_day.admissions) desc, film_day.movie_cd
        ) as place
    from period
    inner join film_day
        on film_day.target_date between period.first_date and period.last_date
    group by period.period_nm, film_day.movie_cd
),

weekend_winner as (
    select
        cast(first_date as varchar(10)) || '~' || cast(last_date as varchar(10)) as weekend_txt,
        '〈' || movie_nm || '〉(' || case
            when movement_txt = 'NEW' then '새로 진입'
            when movement_txt = '–' then '순위 변동 없음'
            when movement_txt = '' then '지난주 순위 모름'
            else movement_txt || '계단'
        end || case
            when audi_change is null then ''
            else
                ', 관객은 전주 대비 ' || case when audi_change > 0 then '+' else '' end
                || {{ number_text('audi_change', 1) }} || '%'
        end || ')' as winner_txt,
        row_number() over (order by last_date desc, movie_cd) as recency
    from ranking
),

overview as (
    select
        named_period.period_nm,
        named_period.period_txt || '에 순위표에 오른 영화의 매출액은 '
        || {{ number_text('period_total.sales / 100000000') }} || '억 원, 관객수는 '
        || {{ number_text('period_total.admissions / 10000') }} || '만 명이다. 관객 1위는 〈' || film.movie_nm
        || '〉(' || {{ number_text('film_of_period.admissions / 10000.0', 1) }} || '만 명)이고, 지난 주말('
        || coalesce(weekend_winner.weekend_txt, '–') || ') 1위는 '
        || coalesce(weekend_winner.winner_txt, '–') || '다.' as answer_txt
    from named_period
    inner join period_total
        on named_period.period_nm = period_total.period_nm
    inner join film_of_period
        on named_period.period_nm = film_of_period.period_nm and film_of_period.place = 1
    inner join film
        on film_of_period.movie_cd = film.movie_cd
    left join weekend_winner
        on weekend_winner.recency = 1
),

-- Screens and admissions

opened_film as (
    select
        period.period_nm,
        cast(film.peak_screens as double precision) as screens,
        cast(film.observed_admissions as double precision) as admissions,
        ln(cast(film.peak_screens as double precision)) as log_screens,
        ln(cast(film.observed_admissions as double precision)) as log_admissions
    from period
    inner join film
        on film.open_dt between period.first_date and period.last_date
    where film.observation_nm = '개봉부터 관측' and film.peak_screens > 0 and film.observed_admissions > 0
),

screens_related as (
    select
        period_nm,
        count(*) as films,
        case when count(*) >= {{ enough_films }} then {{ correlation('screens', 'admissions') }} end as coefficient,
        case when count(*) >= {{ enough_films }} then {{ slope('log_screens', 'log_admissions') }} end as slope
    from opened_film
    group by period_nm
),

wide_related as (
    select
        period_nm,
        count(*) as films,
        case when count(*) >= {{ enough_films }} then {{ slope('log_screens', 'log_admissions') }} end as slope
    from opened_film
    where screens >= {{ var('wide_release_screens') }}
    group by period_nm
),

best_for_screens as (
    select
        period.period_nm,
        film_screens.movie_nm,
        film_screens.peak_screens,
        film_screens.observed_admissions,
        film_screens.ratio,
        row_number() over (
            partition by period.period_nm order by film_screens.ratio desc, film_screens.movie_cd
        ) as place
    from period
    inner join film_screens
        on film_screens.open_dt between period.first_date and period.last_date
),

screens as (
    select
        named_period.period_nm,
        named_period.period_txt || '에 개봉해 첫날부터 관측한 '
        || {{ number_text('coalesce(screens_related.films, 0)') }} || '편에서 최대 스크린수와 관측 관객수의 상관계수는 '
        || {{ number_text('screens_related.coefficient', 2) }} || '이다. 스크린이 2배인 영화는 관객이 약 '
        || {{ number_text('power(2, screens_related.slope)', 1) }}
        || '배, 최대 스크린 {{ var('wide_release_screens') }}개 이상인 '
        || {{ number_text('coalesce(wide_related.films, 0)') }} || '편끼리는 약 '
        || {{ number_text('power(2, wide_related.slope)', 1) }}
        || '배다. 이들 가운데 스크린에 비해 관객이 가장 많았던 영화는 '
        || coalesce('〈' || best_for_screens.movie_nm || '〉', '–') || '('
        || {{ number_text('best_for_screens.peak_screens') }} || '개에서 '
        || {{ number_text('best_for_screens.observed_admissions / 10000.0', 1) }} || '만 명, 기대의 '
        || {{ number_text('best_for_screens.ratio', 1) }} || '배)다.' as answer_txt
    from named_period
    left join screens_related
        on named_period.period_nm = screens_related.period_nm
    left join wide_related
        on named_period.period_nm = wide_related.period_nm
    left join best_for_screens
        on named_period.period_nm = best_for_screens.period_nm and best_for_screens.place = 1
),

-- Admissions and sales

sales_related as (
    select
        period.period_nm,
        count(*) as days,
        sum(total.sales) / nullif(sum(total.admissions), 0) as ticket_price,
        case
            when count(*) >= {{ enough_days }} then {{ correlation('total.admissions', 'total.sales') }}
        end as coefficient
    from period
    inner join total
        on total.target_date between period.first_date and period.last_date
    group by period.period_nm
),

weekday_mean as (
    select
        period.period_nm,
        calendar.weekday_name,
        avg(total.admissions) as admissions,
        row_number() over (
            partition by period.period_nm order by avg(total.admissions) desc, min(calendar.weekday_number)
        ) as place,
        row_number() over (
            partition by period.period_nm order by avg(total.admissions), min(calendar.weekday_number)
        ) as place_from_below
    from period
    inner join total
        on total.target_date between period.first_date and period.last_date
    inner join calendar
        on total.target_date = calendar.date_day
    group by period.period_nm, calendar.weekday_name
),

admissions_sales as (
    select
        named_period.period_nm,
        named_period.period_txt || ' ' || {{ number_text('sales_related.days') }}
        || '일 동안 하루 관객수와 매출액의 상관계수는 ' || {{ number_text('sales_related.coefficient', 2) }}
        || '이고, 관객 한 명이 평균 ' || {{ number_text('sales_related.ticket_price') }} || '원을 냈다. 하루 평균 관객은 '
        || busiest.weekday_name || '이 ' || {{ number_text('busiest.admissions / 10000', 1) }} || '만 명으로 가장 많고 '
        || quietest.weekday_name || '이 ' || {{ number_text('quietest.admissions / 10000', 1) }}
        || '만 명으로 가장 적다.' as answer_txt
    from named_period
    inner join sales_related
        on named_period.period_nm = sales_related.period_nm
    inner join weekday_mean as busiest
        on named_period.period_nm = busiest.period_nm and busiest.place = 1
    inner join weekday_mean as quietest
        on named_period.period_nm = quietest.period_nm and quietest.place_from_below = 1
),

-- Seasons, holidays and genres

season_genre as (
    select
        period.period_nm,
        calendar.season as occasion_nm,
        film_genre.genre_nm,
        sum(film_day.admissions * film_genre.even_share) as admissions
    from period
    inner join film_day
        on film_day.target_date between period.first_date and period.last_date
    inner join film_genre
        on film_day.movie_cd = film_genre.movie_cd
    inner join calendar
        on film_day.target_date = calendar.date_day
    group by period.period_nm, calendar.season, film_genre.genre_nm
),

holiday_in_period as (
    select
        period.period_nm,
        holiday_genre.holiday_nm as occasion_nm,
        holiday_genre.genre_nm,
        sum(holiday_genre.admissions_even) as admissions
    from period
    inner join holiday_genre
        on period.first_date <= holiday_genre.window_first and period.last_date >= holiday_genre.window_last
    where holiday_genre.holiday_nm in ('설날', '추석')
    group by period.period_nm, holiday_genre.holiday_nm, holiday_genre.genre_nm
),

occasion_genre as (
    select * from season_genre
    where genre_nm <> '장르 없음'
    union all
    select * from holiday_in_period
    where genre_nm <> '장르 없음'
),

occasion_total as (
    select
        period_nm,
        occasion_nm,
        sum(admissions) as admissions
    from occasion_genre
    group by period_nm, occasion_nm
),

winner as (
    select
        period_nm,
        occasion_nm,
        genre_nm,
        admissions,
        row_number() over (partition by period_nm, occasion_nm order by admissions desc, genre_nm) as place
    from occasion_genre
),

won as (
    select
        winner.period_nm,
        winner.occasion_nm,
        winner.genre_nm || ' '
        || {{ number_text('100 * winner.admissions / nullif(occasion_total.admissions, 0)') }} || '%' as won_txt
    from winner
    inner join occasion_total
        on winner.period_nm = occasion_total.period_nm and winner.occasion_nm = occasion_total.occasion_nm
    where winner.place = 1
),

genres as (
    select
        named_period.period_nm,
        named_period.period_txt || '에 관객을 가장 많이 모은 장르(여럿이면 나누어 세고, 장르를 아는 관객에서의 비율)는'
        {% for occasion in ['봄', '여름', '가을', '겨울'] -%}
            || ' {{ occasion }} '
            || coalesce(max(case when won.occasion_nm = '{{ occasion }}' then won.won_txt end), '–')
            || '{{ '이다. 연휴에는' if loop.last else ',' }}'
        {% endfor -%}
        {% for occasion in ['설날', '추석'] -%}
            || ' {{ occasion }} '
            || coalesce(max(case when won.occasion_nm = '{{ occasion }}' then won.won_txt end), '–')
            || '{{ '이다.' if loop.last else ',' }}'
        {% endfor %} as answer_txt
    from named_period
    left join won
        on named_period.period_nm = won.period_nm
    group by named_period.period_nm, named_period.period_txt
),

-- Companies and people

month_of_period as (
    select
        period.period_nm,
        company_month.*
    from period
    cross join collected
    inner join company_month
        on
            period.last_date >= company_month.month_start
            and (period.first_date <= company_month.month_start or period.first_date = collected.first_date)
),

month_range as (
    select
        period_nm,
        min(month_start) as first_month,
        max(month_start) as last_month,
        sum(sales_even) as sales
    from month_of_period
    group by period_nm
),

distributor as (
    select
        period_nm,
        company_nm,
        sum(sales_even) as sales,
        row_number() over (partition by period_nm order by sum(sales_even) desc, company_nm) as place
    from month_of_period
    where company_nm <> '미상'
    group by period_nm, company_nm
),

leading_actor as (
    select
        period.period_nm,
        person.person_nm,
        count(*) as films,
        sum(person.observed_sales) as sales,
        row_number() over (
            partition by period.period_nm order by sum(person.observed_sales) desc, person.person_nm
        ) as place
    from period
    inner join person
        on person.open_dt between period.first_date and period.last_date
    group by period.period_nm, person.person_nm
),

ranked_company as (
    select
        month_range.period_nm,
        month_range.first_month,
        month_range.last_month,
        distributor.place,
        distributor.company_nm,
        100 * distributor.sales / nullif(month_range.sales, 0) as share
    from month_range
    inner join distributor
        on month_range.period_nm = distributor.period_nm
),

companies as (
    select
        named_period.period_nm,
        named_period.shown_nm || '(' || coalesce(to_char(first_place.first_month, 'YYYY-MM'), '–') || '~'
        || coalesce(to_char(first_place.last_month, 'YYYY-MM'), '–') || ') 배급사 매출 1위는 '
        || coalesce(first_place.company_nm, '–') || '(점유율 ' || {{ number_text('first_place.share', 1) }}
        || '%), 2위는 ' || coalesce(second_place.company_nm, '–') || '(' || {{ number_text('second_place.share', 1) }}
        || '%)이다. 같은 기간에 개봉한 영화로 본 배우 매출 1위는 ' || coalesce(leading_actor.person_nm, '–') || '('
        || {{ number_text('leading_actor.films') }} || '편, 매출 '
        || {{ number_text('leading_actor.sales / 100000000.0', 1) }} || '억 원)이다.' as answer_txt
    from named_period
    left join ranked_company as first_place
        on named_period.period_nm = first_place.period_nm and first_place.place = 1
    left join ranked_company as second_place
        on named_period.period_nm = second_place.period_nm and second_place.place = 2
    left join leading_actor
        on named_period.period_nm = leading_actor.period_nm and leading_actor.place = 1
),

-- Openings

-- The films whose run is over: the totals of the others are not final.
opening_of_period as (
    select
        period.period_nm,
        opening.*,
        cast(opening.opening_weekend_admissions as double precision)
        / nullif(opening.total_admissions, 0) as weekend_share
    from period
    inner join opening
        on opening.open_dt between period.first_date and period.last_date
    where not opening.is_running
),

typical_share as (
    select
        period_nm,
        case
            when count(*) >= {{ enough_films }} then 100 * percentile_cont(0.5) within group (order by weekend_share)
        end as share
    from opening_of_period
    where weekend_share is not null
    group by period_nm
),

typical_second as (
    select
        period_nm,
        case
            when count(*) >= {{ enough_films }}
                then 100 + percentile_cont(0.5) within group (order by second_weekend_change)
        end as share
    from opening_of_period
    where second_weekend_change is not null
    group by period_nm
),

typical_stay as (
    select
        period_nm,
        count(*) as films,
        case
            when count(*) >= {{ enough_films }}
                then percentile_cont(0.5) within group (order by days_to_last_listing)
        end as days
    from opening_of_period
    group by period_nm
),

openings as (
    select
        named_period.period_nm,
        named_period.period_txt || '에 개봉해 상영을 마친 ' || {{ number_text('coalesce(typical_stay.films, 0)') }}
        || '편의 중앙값을 보면, 개봉 첫 주말이 전체 관객의 ' || {{ number_text('typical_share.share') }}
        || '%를 모으고, 둘째 주말 관객은 첫 주말의 ' || {{ number_text('typical_second.share') }}
        || '%이며, 개봉 ' || {{ number_text('typical_stay.days') }} || '일째까지 순위표에 남는다.' as answer_txt
    from named_period
    left join typical_share
        on named_period.period_nm = typical_share.period_nm
    left join typical_second
        on named_period.period_nm = typical_second.period_nm
    left join typical_stay
        on named_period.period_nm = typical_stay.period_nm
),

-- State of the data

captured as (
    select
        period.period_nm,
        count(*) as days,
        sum(case when missing_day.is_missing then 1 else 0 end) as days_missing
    from period
    inner join missing_day
        on missing_day.target_date between period.first_date and period.last_date
    group by period.period_nm
),

warned as (
    select
        period.period_nm,
        count(*) as warnings
    from period
    inner join warning
        on warning.target_date between period.first_date and period.last_date
    group by period.period_nm
),

status as (
    select
        named_period.period_nm,
        named_period.period_txt || '의 ' || {{ number_text('captured.days') }} || '일 가운데 '
        || {{ number_text('captured.days - captured.days_missing') }} || '일을 수집했고 '
        || {{ number_text('captured.days_missing') }} || '일이 빠졌다. 앞뒤가 맞지 않는 KOFIC 값은 '
        || {{ number_text('coalesce(warned.warnings, 0)') }} || '건이고, 가장 새로운 상영일은 '
        || cast(named_period.last_date as varchar(10)) || '이다.' as answer_txt
    from named_period
    left join captured
        on named_period.period_nm = captured.period_nm
    left join warned
        on named_period.period_nm = warned.period_nm
),

answered as (
    {% for slug, cte in [
        ('overview', 'overview'),
        ('screens-sales', 'screens'),
        ('admissions-sales', 'admissions_sales'),
        ('season-genre', 'genres'),
        ('companies-people', 'companies'),
        ('box-office-curve', 'openings'),
        ('data-status', 'status'),
    ] -%}
        select
            '{{ slug }}' as board_slug,
            period_nm,
            answer_txt
        from {{ cte }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

final as (
    select
        cast(answered.board_slug as varchar(64)) as board_slug,
        cast(answered.period_nm as varchar(64)) as period_nm,
        period.first_date,
        period.last_date,
        cast(answered.answer_txt as varchar(4096)) as answer_txt
    from answered
    inner join period
        on answered.period_nm = period.period_nm
)

select * from final
