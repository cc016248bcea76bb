-- How many values of each field of each source had which grade, beside the statements that could have held it.
-- grain:  one row a brand, source and field
-- reads:  fact.field_counts
-- param:  brands VARCHAR[]  only these brands; none: every one
WITH counted AS (
    SELECT brand, source, kind, field, grade, value_count, last_at
    FROM fact.field_counts
    WHERE len(CAST($brands AS VARCHAR[])) = 0 OR list_contains(CAST($brands AS VARCHAR[]), brand)
),

statements AS (
    SELECT brand, source, kind, sum(value_count) AS statement_count
    FROM counted
    WHERE field = ''
    GROUP BY brand, source, kind
),

fields AS (
    SELECT
        brand, source, kind, field, sum(value_count) AS value_count,
        sum(CASE WHEN grade = 'valid' THEN value_count ELSE 0 END) AS valid_count,
        sum(CASE WHEN grade = 'corrected' THEN value_count ELSE 0 END) AS corrected_count,
        sum(CASE WHEN grade = 'doubtful' THEN value_count ELSE 0 END) AS doubtful_count,
        sum(CASE WHEN grade = 'refused' THEN value_count ELSE 0 END) AS refused_count,
        max(last_at) AS last_at
    FROM counted
    WHERE field <> ''
    GROUP BY brand, source, kind, field
)

SELECT
    f.brand, f.source, f.field, CAST(sum(f.value_count) AS BIGINT) AS value_count,
    CAST(sum(f.valid_count) AS BIGINT) AS valid_count, CAST(sum(f.corrected_count) AS BIGINT) AS corrected_count,
    CAST(sum(f.doubtful_count) AS BIGINT) AS doubtful_count, CAST(sum(f.refused_count) AS BIGINT) AS refused_count,
    CAST(sum(coalesce(s.statement_count, 0)) AS BIGINT) AS statement_count, max(f.last_at) AS last_at
FROM fields AS f
LEFT JOIN statements AS s ON s.brand = f.brand AND s.source = f.source AND s.kind = f.kind
GROUP BY f.brand, f.source, f.field
ORDER BY f.brand, f.source, f.field
