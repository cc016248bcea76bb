-- How many addresses and numbers of a source stand for more than one person.
-- grain:  one row a brand, source and field (email, phone)
-- reads:  fact.contact_records, fact.events, fact.profile_of
-- param:  brands VARCHAR[]  only these brands; none: every one
WITH stated AS (
    SELECT brand, source, node_id, traits FROM fact.contact_records
    UNION ALL
    SELECT brand, source, node_id, traits FROM fact.events WHERE type = 'identify' AND robot_reason IS NULL
),

contacts AS (
    SELECT brand, source, node_id, 'email' AS field, json_extract_string(traits, '$.email') AS value FROM stated
    UNION ALL
    SELECT brand, source, node_id, 'phone' AS field, json_extract_string(traits, '$.phone') AS value FROM stated
),

people AS (
    SELECT c.brand, c.source, c.field, c.value, count(DISTINCT p.profile_id) AS people_count
    FROM contacts AS c
    INNER JOIN fact.profile_of AS p ON p.node_id = c.node_id
    WHERE c.value IS NOT NULL
        AND (len(CAST($brands AS VARCHAR[])) = 0 OR list_contains(CAST($brands AS VARCHAR[]), c.brand))
    GROUP BY c.brand, c.source, c.field, c.value
)

SELECT
    brand, source, field, count(*) AS distinct_count,
    CAST(sum(CASE WHEN people_count > 1 THEN 1 ELSE 0 END) AS BIGINT) AS shared_count
FROM people
GROUP BY brand, source, field
ORDER BY brand, source, field
