-- What was stated of a trait that is a date, of those for whom it ever fell on one of these days of the year.
-- grain:  one row a statement of the trait
-- reads:  fact.profile_of, fact.contact_records, fact.events
-- param:  paths VARCHAR[]        where the trait may lie in the traits, as JSON paths
-- param:  days VARCHAR[]         days of the year, as MM-DD
-- param:  until_at TIMESTAMP     stated before this instant
WITH said AS (
    SELECT
        brand,
        node_id,
        occurred_at,
        message_id,
        list_any_value(json_extract_string(traits, $paths::VARCHAR[])) AS value
    FROM fact.contact_records
    WHERE occurred_at < $until_at
    UNION ALL
    SELECT
        brand,
        node_id,
        occurred_at,
        message_id,
        list_any_value(json_extract_string(traits, $paths::VARCHAR[]))
    FROM fact.events
    WHERE type = 'identify' AND robot_reason IS NULL AND traits <> '{}' AND occurred_at < $until_at
),

dated AS (
    SELECT
        said.brand,
        said.node_id,
        said.occurred_at,
        said.message_id,
        profiles.profile_id,
        try_cast(left(said.value, 10) AS DATE) AS anniversary
    FROM said
    INNER JOIN fact.profile_of AS profiles ON said.node_id = profiles.node_id
    WHERE said.value IS NOT NULL AND profiles.profile_id IS NOT NULL
)

SELECT
    brand,
    node_id,
    occurred_at,
    message_id,
    anniversary
FROM dated
WHERE profile_id IN (
    SELECT dated.profile_id FROM dated WHERE strftime(dated.anniversary, '%m-%d') IN (SELECT unnest($days::VARCHAR[]))
)
ORDER BY occurred_at, message_id, node_id
