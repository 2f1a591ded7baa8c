-- A year of dim_date without a public holiday is a year that the seed korean_holiday does not reach.
{{ config(severity='warn') }}

select year_number
from {{ ref('dim_date') }}
group by year_number
having sum(case when is_public_holiday then 1 else 0 end) = 0
