{# The name of the list that a pair of national filters asks for; 전체 without either. #}
{% macro list_nm(multi_movie_yn, rep_nation_cd) -%}
    coalesce(
        nullif(
            trim(
                case {{ multi_movie_yn }} when 'Y' then '다양성 ' when 'N' then '상업 ' else '' end
                || case {{ rep_nation_cd }} when 'K' then '한국' when 'F' then '외국' else '' end
            ), ''
        ), '전체'
    )
{%- endmacro %}
