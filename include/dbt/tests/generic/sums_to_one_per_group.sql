{% test sums_to_one_per_group(model, column_name, group_by) %}
select
    {{ group_by | join(', ') }},
    sum({{ column_name }}) as total
from {{ model }}
group by {{ group_by | join(', ') }}
having sum({{ column_name }}) <> 1
{% endtest %}
