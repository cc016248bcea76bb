-- How many values of each field were good (valid or corrected), week by week.
-- grain:  one row a brand, source, field and week that has any
-- reads:  fact.field_counts
-- param:  now TIMESTAMP  the present: the weeks end with it
-- param:  weeks BIGINT  how many
-- param:  brands VARCHAR[]  only these brands; none: every one
SELECT
    brand, source, field, CAST(date_diff('day', received_on, CAST($now AS DATE)) // 7 AS BIGINT) AS weeks_ago,
    CAST(sum(CASE WHEN grade IN ('valid', 'corrected') THEN value_count ELSE 0 END) AS BIGINT) AS good_count,
    CAST(sum(value_count) AS BIGINT) AS value_count
FROM fact.field_counts
WHERE field <> ''
    AND date_diff('day', received_on, CAST($now AS DATE)) BETWEEN 0 AND 7 * $weeks - 1
    AND (len(CAST($brands AS VARCHAR[])) = 0 OR list_contains(CAST($brands AS VARCHAR[]), brand))
GROUP BY brand, source, field, weeks_ago
ORDER BY brand, source, field, weeks_ago
