{# A raw table's name in Korean. #}
{% macro raw_table_nm(table_name) -%}
    {%- set names = {
        'daily_box_office': '일별 박스오피스',
        'weekly_box_office': '주간·주말 박스오피스',
        'movie': '영화 정보',
        'movie_nation': '영화의 국가',
        'movie_genre': '영화의 장르',
        'movie_director': '영화의 감독',
        'movie_actor': '영화의 배우',
        'movie_show_type': '영화의 상영 형태',
        'movie_company': '영화의 회사',
        'movie_audit': '영화의 심의',
        'movie_staff': '영화의 스태프',
        'api_call': '호출',
        'rejected_record': '거부된 기록',
    } -%}
    cast(
        case {{ table_name }}
            {% for name, korean in names.items() -%}
                when '{{ name }}' then '{{ korean }}'
            {% endfor -%}
            else {{ table_name }}
        end as varchar(64)
    )
{%- endmacro %}
