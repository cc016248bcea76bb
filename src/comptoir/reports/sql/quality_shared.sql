-- How many addresses and numbers of a source stand for more than one person.
-- grain:  one row a brand, source and field (email, phone)
-- reads:  fact.contact_records, fact.events, fact.profile_of
-- param:  brands VARCHAR[]  only these brands; none: every one
WITH stated AS (
    SELECT brand, source, node_id, traits FROM fact.contact_records
    UNION ALL
    SELECT brand, source, node_id, traits FROM fact.events WHERE type = 'identify' AND robot_reason IS NULL
),

-- both fields in one reading of the document: reading it is what takes the time
said AS (
    SELECT s.brand, s.source, p.profile_id, json_extract_string(s.traits, ['$.email', '$.phone']) AS contacts
    FROM stated AS s
    INNER JOIN fact.profile_of AS p ON p.node_id = s.node_id
    WHERE len(CAST($brands AS VARCHAR[])) = 0 OR list_contains(CAST($brands AS VARCHAR[]), s.brand)
),

contacts AS (
    SELECT brand, source, 'email' AS field, contacts[1] AS value, profile_id FROM said
    UNION ALL
    SELECT brand, source, 'phone' AS field, contacts[2] AS value, profile_id FROM said
),

people AS (
    SELECT brand, source, field, min(profile_id) < max(profile_id) AS is_shared
    FROM contacts
    WHERE value IS NOT NULL
    GROUP BY brand, source, field, value
)

SELECT brand, source, field, count(*) AS distinct_count, count_if(is_shared) AS shared_count
FROM people
GROUP BY brand, source, field
ORDER BY brand, source, field
