"""What analysts' SQL may name: views, functions, table functions and types. Everything else is refused."""

from __future__ import annotations

VIEWS = frozenset(
    {
        "affinities",
        "campaign_returns",
        "cart_lines",
        "carts",
        "categories",
        "claims",
        "consents",
        "day_activity",
        "deliveries",
        "events",
        "events_all",
        "loyalty_movements",
        "marketing_spend",
        "messages",
        "order_lines",
        "orders",
        "pickups",
        "prices",
        "products",
        "receipts",
        "revenue",
        "revenue_ledger",
        "score_changes",
        "scores",
        "searches",
        "sessions",
        "stock_levels",
        "subscription_changes",
        "subscriptions",
        "touchpoints",
    }
)
"""The documented views of schema `main`: docs/reference/facts.md."""

TABLE_FUNCTIONS = frozenset({"generate_series", "json_each", "json_tree", "range", "unnest"})
"""These make rows from values only; none of them reads a file, a network or a catalog."""

_OPERATORS = "+ - * / // % ** ^ || & | ~ << >> -> ->> ~~ !~~ ~~* !~~* ~~~ ^@ @> <@ && @ !__postfix xor"

_AGGREGATES = (
    "any_value approx_count_distinct approx_quantile approx_top_k arbitrary arg_max arg_max_null arg_min "
    "arg_min_null argmax argmin array_agg avg bit_and bit_or bit_xor bool_and bool_or corr count count_if "
    "count_star countif covar_pop covar_samp entropy favg first fsum geometric_mean geomean group_concat "
    "histogram json_group_array json_group_object kurtosis kurtosis_pop last list listagg mad max max_by mean "
    "median min min_by mode product quantile quantile_cont quantile_disc regr_avgx regr_avgy regr_count "
    "regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy sem skewness stddev stddev_pop stddev_samp "
    "string_agg sum sum_no_overflow sumkahan kahan_sum var_pop var_samp variance wavg weighted_avg grouping "
    "grouping_id"
)

_WINDOWS = (
    "cume_dist dense_rank fill first_value lag last_value lead nth_value ntile percent_rank rank rank_dense row_number"
)

_DATES = (
    "age ago century current_date current_localtime current_localtimestamp current_timestamp date_add date_diff "
    "date_part date_sub date_trunc datediff datepart datesub datetrunc day dayname dayofmonth dayofweek dayofyear "
    "days_in_month decade epoch epoch_ms epoch_ns epoch_us era get_current_timestamp hour isodow isoyear julian "
    "last_day localtimestamp make_date make_time make_timestamp make_timestamp_ms make_timestamptz microsecond "
    "millennium millisecond minute month monthname now nanosecond quarter second strftime strptime time_bucket "
    "timezone timezone_hour timezone_minute to_centuries to_days to_decades to_hours to_microseconds to_millennia "
    "to_milliseconds to_minutes to_months to_quarters to_seconds to_timestamp to_weeks to_years today "
    "try_strptime week weekday weekofyear year yearweek"
)

# left out on purpose: repeat, lpad, rpad, bar, printf, format: one call of them can fill the memory
_TEXTS = (
    "ascii base64 bit_length char_length character_length chr concat concat_ws contains ends_with from_base64 "
    "from_hex hex ilike_escape instr jaccard jaro_similarity jaro_winkler_similarity lcase left length "
    "levenshtein like_escape lower ltrim md5 nfc_normalize not_ilike_escape not_like_escape octet_length ord "
    "overlay position prefix regexp_escape regexp_extract regexp_extract_all regexp_full_match regexp_matches "
    "regexp_replace regexp_split_to_array replace reverse right rtrim sha256 split split_part starts_with "
    "str_split str_split_regex string_split string_split_regex string_to_array strip_accents strlen strpos substr "
    "substring suffix to_base64 to_hex translate trim ucase unhex unicode upper url_decode url_encode"
)

_NUMBERS = (
    "abs acos acosh add asin asinh atan atan2 atanh bin bit_count cbrt ceil ceiling cos cosh cot degrees divide "
    "even exp factorial fdiv floor fmod gamma gcd greatest greatest_common_divisor hash isfinite isinf isnan lcm "
    "least least_common_multiple lgamma ln log log10 log2 mod multiply pi pow power radians round round_even "
    "roundbankers sign signbit sin sinh sqrt subtract tan tanh to_binary trunc equi_width_bins"
)

_NESTED = (
    "apply array_append array_concat array_contains array_distinct array_extract array_filter array_has "
    "array_has_all array_has_any array_indexof array_intersect array_length array_position array_prepend "
    "array_reverse array_slice array_sort array_to_string array_transform array_unique array_value cardinality "
    "element_at filter flatten len list_any_value list_append list_apply list_avg list_bool_and list_bool_or "
    "list_cat list_concat list_contains list_count list_distinct list_element list_extract list_filter list_first "
    "list_has list_has_all list_has_any list_histogram list_indexof list_intersect list_last list_max list_median "
    "list_min list_mode list_pack list_position list_prepend list_product list_reduce list_reverse "
    "list_reverse_sort list_select list_slice list_sort list_stddev_pop list_stddev_samp list_string_agg list_sum "
    "list_transform list_unique list_value list_var_pop list_var_samp list_where list_zip map map_concat "
    "map_contains map_contains_value map_entries map_extract map_extract_value map_from_entries map_keys "
    "map_values reduce row struct_extract struct_extract_at struct_insert struct_keys struct_pack struct_values "
    "unnest"
)

_JSON = (
    "array_to_json from_json json json_array json_array_length json_contains json_exists json_extract "
    "json_extract_path json_extract_path_text json_extract_string json_keys json_merge_patch json_object "
    "json_quote json_structure json_transform json_type json_valid json_value row_to_json to_json"
)

_CHOICES = "coalesce constant_or_null if ifnull nullif typeof"

_COMPUTING = (_OPERATORS, _AGGREGATES, _WINDOWS, _DATES, _TEXTS, _NUMBERS, _NESTED, _JSON, _CHOICES)

FUNCTIONS = frozenset(name for names in _COMPUTING for name in names.split())
"""Functions and operators that only compute; the list in docs/how-to/ask-a-question.md is made from these names."""

_TYPES = (
    "array bigint bit bitstring blob bool boolean bytea char date datetime dec decimal double float float4 float8 "
    "hugeint int int1 int2 int4 int8 integer interval json list logical long map nvarchar numeric real row short "
    "signed smallint string struct text time timestamp timestamp_ms timestamp_ns timestamp_s timestamptz timetz "
    "tinyint ubigint uhugeint uinteger usmallint utinyint uuid varchar varint bignum variant"
)

TYPES = frozenset(_TYPES.split()) | {"time with time zone", "timestamp with time zone", "double precision"}
"""Types a CAST may name."""

SESSION_NAMES = frozenset(
    {"current_catalog", "current_database", "current_role", "current_schema", "current_user", "session_user", "user"}
)
"""Bare words that the engine answers about itself when no column has that name."""
