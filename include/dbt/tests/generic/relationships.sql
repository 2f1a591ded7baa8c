{# dbt's own test reads the parent whole. Of a parent that grows with history, this one reads the rows asked for. #}
{% test relationships(model, column_name, to, field) %}
with child as (
    select {{ column_name }} as child_value
    from {{ model }}
    where {{ column_name }} is not null
),

parent as (
    select {{ field }} as parent_value
    from {{ to }}
    {% if has_warehouse() and lately(to) %}
        where {{ is_one_of(field, column_of('select distinct ' ~ column_name ~ ' from ' ~ model)) }}
    {% endif %}
)

select child.child_value
from child
left join parent
    on child.child_value = parent.parent_value
where parent.parent_value is null
{% endtest %}
