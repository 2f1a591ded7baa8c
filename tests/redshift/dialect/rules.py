"""The rules: what a query for Redshift must not hold, each with the page of Amazon's guide (or the public report) it rests on.

A page is named as in its address: docs.aws.amazon.com/redshift/latest/dg/<page>.html.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """One thing that Redshift refuses. `says` is completed with what was found; `source` says who says so."""

    says: str
    source: str


_FUNCTIONS_PAGE = "c_unsupported-postgresql-functions"
_FEATURES_PAGE = "c_unsupported-postgresql-features"
_LEADER_PAGE = "c_SQL_functions_leader_node_only"
_NOT_IN_THE_GUIDE = "absent from the guide's pages of functions and syntax"

RULES: Mapping[str, Rule] = {
    "unparsed": Rule("the statement cannot be read as Redshift SQL", _NOT_IN_THE_GUIDE),
    "function": Rule("Redshift has no such function", _FUNCTIONS_PAGE),
    "unknown-function": Rule("the guide lists no such function", "c_SQL_functions"),
    "leader-node": Rule("the function runs on the leader node only and cannot be used with a table", _LEADER_PAGE),
    "compute-node": Rule(
        "the function is refused in a query that reads no table of a user", "r_LISTAGG, r_MEDIAN, r_PERCENTILE_CONT"
    ),
    "superuser-view": Rule("the view is a superuser's, and the pipeline's user is none", "r_SVV_TABLE_INFO"),
    "datepart": Rule("Redshift has no such date part", "r_Dateparts_for_datetime_functions"),
    "type": Rule("Redshift has no such type", "c_unsupported-postgresql-datatypes"),
    "type-precision": Rule("a time type takes no precision", "r_Datetime_types"),
    "varchar-length": Rule("a VARCHAR holds at most 65535 bytes", "r_Character_types"),
    "array": Rule("Redshift has no arrays", _FEATURES_PAGE),
    "filter": Rule("an aggregate takes no FILTER (WHERE …)", "jazzband/django-redshift-backend#74"),
    "distinct-on": Rule("SELECT DISTINCT ON is not supported", "jakob/Postico#420"),
    "count-distinct-multi": Rule("COUNT(DISTINCT …) takes one expression", "r_COUNT"),
    "window-frame": Rule("Aggregate window functions with an ORDER BY clause require a frame clause", "c_Window_functions"),
    "range-frame": Rule("a window frame counts ROWS", "c_Window_functions"),
    "named-window": Rule("there is no WINDOW clause", "r_Window_function_synopsis"),
    "listagg-window": Rule("LISTAGG over a window takes no ORDER BY inside OVER", "r_WF_LISTAGG"),
    "within-group": Rule("within group ORDER BY clauses for aggregate functions must be the same", "r_PERCENTILE_CONT"),
    "percentile-disc": Rule("PERCENTILE_DISC is a window function, or APPROXIMATE", "r_APPROXIMATE_PERCENTILE_DISC"),
    "qualify-alias": Rule("QUALIFY directly after FROM wants an alias there", "r_QUALIFY_clause"),
    "recursive-cte": Rule("a recursive CTE wants a column list and UNION ALL", "r_WITH_clause"),
    "values-table": Rule("VALUES is no table", _FEATURES_PAGE),
    "operator": Rule("Redshift has no such operator", _FUNCTIONS_PAGE),
    "lateral": Rule("there is no LATERAL", _FEATURES_PAGE),
    "returning": Rule("there is no RETURNING", _NOT_IN_THE_GUIDE),
    "on-conflict": Rule("there is no ON CONFLICT: use MERGE, or delete and insert", _NOT_IN_THE_GUIDE),
    "tablesample": Rule("there is no TABLESAMPLE", _NOT_IN_THE_GUIDE),
    "fetch-first": Rule("there is no FETCH FIRST: use LIMIT", "r_ORDER_BY_clause"),
    "concat-args": Rule("CONCAT takes two arguments", "r_CONCAT"),
    "merge": Rule("MERGE takes WHEN MATCHED THEN UPDATE or DELETE and WHEN NOT MATCHED THEN INSERT only", "r_MERGE"),
    "identifier-length": Rule("a name holds at most 127 bytes", "r_names"),
    "correlated-join": Rule("a correlated subquery in the ON of an outer join is not supported", "r_correlated_subqueries"),
    "decimal-digits": Rule(
        "UNION, COALESCE and their like give a DECIMAL of 19 digits at most: cast what they choose from",
        "r_numeric_computations201",
    ),
    "argument-type": Rule("the function's page names other types for this argument", "the function's page"),
    "unsized-text": Rule("text without a length becomes VARCHAR(256) and is cut there: give a length", "r_Character_types"),
}


LOSSY = frozenset({"decimal-digits"})
"""What Redshift takes, and may fail on with large values: the check of the models refuses it, the stand-in passes it on."""


def words(text: str) -> frozenset[str]:
    """The words of a text, as a set."""
    return frozenset(text.split())


LACKING = words("""
string_agg array_agg every xmlagg xml_agg corr covar_pop covar_samp regr_avgx regr_avgy regr_count regr_intercept regr_r2
regr_slope regr_sxx regr_sxy regr_syy clock_timestamp justify_days justify_hours justify_interval pg_sleep
transaction_timestamp div setseed width_bucket generate_subscripts bit_length overlay convert_from convert_to encode format
quote_nullable regexp_matches regexp_split_to_array regexp_split_to_table regexp_match regexp_like unnest array_length
array_position array_to_string string_to_array array_append array_remove cardinality json_agg jsonb_agg json_object_agg
jsonb_object_agg json_build_object jsonb_build_object json_build_array row_to_json to_json to_jsonb json_array_elements
jsonb_array_elements json_each jsonb_each make_date make_interval make_timestamp make_timestamptz make_time date_bin
gen_random_uuid concat_ws starts_with to_tsvector to_tsquery nextval currval lastval setval statement_timestamp mode
num_nulls num_nonnulls pg_typeof scale trim_scale
""")
"""PostgreSQL's functions that Redshift lacks, and that a PostgreSQL user reaches for."""

LEADER_NODE = words("""
age now current_time current_timestamp localtime localtimestamp isfinite current_schema current_schemas
has_database_privilege has_schema_privilege has_table_privilege getbit get_byte set_bit set_byte to_ascii generate_series
""")
"""Functions that run where the catalog is, and nowhere else."""

COMPUTE_NODE = words("listagg median percentile_cont approximate_percentile_disc")
"""Functions that are refused where no table of a user is read: "compute-node only" in the guide."""

SUPERUSER_VIEWS = words("svv_table_info svv_diskusage stv_blocklist stv_tbl_perm")
"""System views that only a superuser sees."""

GUIDE = words("""
any_value avg bit_and bit_or bool_and bool_or count listagg max median min percentile_cont stddev stddev_pop stddev_samp sum
var_pop var_samp variance cume_dist dense_rank first_value lag last_value lead nth_value ntile percent_rank percentile_disc
rank ratio_to_report row_number coalesce decode greatest least nvl nvl2 nullif isnull add_months convert_timezone
current_date date_cmp date_part date_part_year date_trunc dateadd date_add datediff date_diff extract getdate last_day
months_between next_day sysdate timeofday timezone to_timestamp trunc abs acos asin atan atan2 cbrt ceil ceiling cos cot
degrees dexp dlog1 dlog10 exp floor ln log mod pi power pow radians random round sign sin sqrt tan to_hex ascii btrim
char_length character_length charindex chr collate concat crc32 difference initcap left right len length lower lpad rpad
ltrim rtrim octetindex octet_length position quote_ident quote_literal regexp_count regexp_instr regexp_replace
regexp_substr repeat replace replicate reverse soundex split_part strpos strtol substring substr textlen translate trim
upper checksum fnv_hash func_sha1 md5 sha sha1 sha2 is_valid_json is_valid_json_array json_array_length
json_extract_array_element_text json_extract_path_text json_parse can_json_parse json_serialize to_char to_date to_number
cast convert current_user session_user current_database current_setting pg_backend_pid version user
""")
"""The functions of the guide's reference that this project may use."""

_MOMENTS = words("date timestamp")
_TEXT = words("varchar")
_NUMBERS = words("smallint int2 integer int int4 bigint int8 decimal double")
ARGUMENTS: Mapping[str, tuple[frozenset[str] | None, ...]] = {
    # None: any. DATE where the page says "or what converts to a TIMESTAMP"; TIMESTAMPTZ only where the page names it.
    "dateadd": (None, _NUMBERS - {"decimal", "double"}, _MOMENTS),
    "date_add": (None, _NUMBERS - {"decimal", "double"}, _MOMENTS),
    "datediff": (None, _MOMENTS, _MOMENTS),
    "date_diff": (None, _MOMENTS, _MOMENTS),
    "date_trunc": (None, _MOMENTS),
    "last_day": (_MOMENTS,),
    "add_months": (_MOMENTS, _NUMBERS - {"decimal", "double"}),
    "months_between": (_MOMENTS, _MOMENTS),
    "next_day": (_MOMENTS, None),
    "to_char": (_MOMENTS | _NUMBERS | {"timestamptz"}, None),
    "to_date": (_TEXT, _TEXT),
    "sum": (_NUMBERS,),
    "avg": (_NUMBERS,),
    "round": (_NUMBERS, None),
    "ceil": (_NUMBERS,),
    "floor": (_NUMBERS,),
    "abs": (_NUMBERS,),
    "sqrt": (_NUMBERS,),
    "power": (_NUMBERS, _NUMBERS),
    "max": (_NUMBERS | _TEXT | _MOMENTS | {"timestamptz"},),
    "min": (_NUMBERS | _TEXT | _MOMENTS | {"timestamptz"},),
    "len": (_TEXT,),
    "upper": (_TEXT,),
    "lower": (_TEXT,),
    "substring": (_TEXT, None, None),
    "lpad": (_TEXT, None, _TEXT),
    "rpad": (_TEXT, None, _TEXT),
    "repeat": (_TEXT, _NUMBERS - {"decimal", "double", "bigint", "int8"}),
    "replace": (_TEXT, _TEXT, _TEXT),
    "split_part": (_TEXT, _TEXT, None),
    "strpos": (_TEXT, _TEXT),
    "regexp_replace": (_TEXT, _TEXT, _TEXT),
    "listagg": (_TEXT, None),
}
"""By function: the types that its page documents for each argument (r_DATEADD_function: DATE, TIME, TIMETZ or TIMESTAMP)."""

FRAMED = words("avg count sum min max stddev stddev_samp stddev_pop variance var_samp var_pop first_value last_value nth_value")
"""Aggregates that need a frame with an ORDER BY in a window."""

NO_TYPES = words("""
array bit bytea citext cidr datemultirange daterange hstore inet int4range int8range json jsonb macaddr money name numrange
oid point polygon regclass bigserial serial smallserial tsquery tsrange tstzrange tsvector uuid xml
""")

DATE_PARTS = words("""
millennium century decade year quarter month week day dayofweek dow dayofyear doy hour minute second millisecond microsecond
epoch timezone timezone_hour timezone_minute
""")
