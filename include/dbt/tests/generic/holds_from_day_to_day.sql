{% test holds_from_day_to_day(model, expression) %}
with listed as (
    select * from {{ model }}
)

select
    today.target_date,
    today.multi_movie_yn,
    today.rep_nation_cd,
    today.wide_area_cd,
    today.movie_cd
from listed as today
inner join listed as yesterday
    on
        today.movie_cd = yesterday.movie_cd
        and today.multi_movie_yn = yesterday.multi_movie_yn
        and today.rep_nation_cd = yesterday.rep_nation_cd
        and today.wide_area_cd = yesterday.wide_area_cd
        and today.target_date = yesterday.target_date + 1
where not ({{ expression }})
{% endtest %}
