-- Those whose trait, as stated last, falls on a day of the year; 29 February falls on the 28th where the year has none.
-- grain:  one row a profile
-- reads:  fact.profile_of, fact.contact_records, fact.events
-- param:  path VARCHAR   where the trait lies in the traits, as a JSON path
-- param:  day DATE       the day, in the brand's zone
-- param:  brand VARCHAR
WITH said AS (
    SELECT
        node_id,
        json_extract_string(traits, $path::VARCHAR) AS value,
        occurred_at,
        message_id
    FROM fact.contact_records
    WHERE brand = $brand
    UNION ALL
    SELECT
        node_id,
        json_extract_string(traits, $path::VARCHAR),
        occurred_at,
        message_id
    FROM fact.events
    WHERE type = 'identify' AND brand = $brand AND robot_reason IS NULL AND traits <> '{}'
),

latest AS (
    SELECT
        profiles.profile_id,
        arg_max(said.node_id, (said.occurred_at, said.message_id)) AS node_id,
        try_cast(left(arg_max(said.value, (said.occurred_at, said.message_id)), 10) AS DATE) AS anniversary
    FROM said
    INNER JOIN fact.profile_of AS profiles ON said.node_id = profiles.node_id
    WHERE said.value IS NOT NULL AND profiles.profile_id IS NOT NULL
    GROUP BY profiles.profile_id
)

SELECT
    node_id,
    profile_id
FROM latest
WHERE
    (month(anniversary) = month($day::DATE) AND day(anniversary) = day($day::DATE))
    OR (
        month(anniversary) = 2 AND day(anniversary) = 29 AND month($day::DATE) = 2 AND day($day::DATE) = 28
        AND day(last_day($day::DATE)) = 28
    )
ORDER BY profile_id
