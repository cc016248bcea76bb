-- Those whose trait, as it stands, falls on a day of the year; 29 February falls on the 28th where the year has none.
-- grain:  one row a profile that stated the trait to the brand; the date is that of its golden record
-- reads:  fact.profile_of, fact.traits, fact.contact_records, fact.events
-- param:  kept VARCHAR     the trait, as it is kept for the brand
-- param:  paths VARCHAR[]  where the trait may lie in the traits, as JSON paths
-- param:  day DATE         the day, in the brand's zone
-- param:  brand VARCHAR
WITH standing AS (
    SELECT
        profiles.profile_id,
        try_cast(left(traits.said[1], 10) AS DATE) AS anniversary
    FROM fact.traits AS traits
    INNER JOIN fact.profile_of AS profiles ON traits.node_id = profiles.node_id
    WHERE traits.name = $kept AND profiles.profile_id IS NOT NULL
),

people AS (
    SELECT profile_id
    FROM standing
    WHERE
        (month(anniversary) = month($day::DATE) AND day(anniversary) = day($day::DATE))
        OR (
            month(anniversary) = 2 AND day(anniversary) = 29 AND month($day::DATE) = 2 AND day($day::DATE) = 28
            AND day(last_day($day::DATE)) = 28
        )
),

nodes AS (
    SELECT
        mine.node_id,
        mine.profile_id
    FROM fact.profile_of AS mine
    INNER JOIN people ON mine.profile_id = people.profile_id
),

said AS (
    SELECT
        contacts.node_id,
        contacts.traits,
        contacts.occurred_at,
        contacts.message_id
    FROM fact.contact_records AS contacts
    WHERE contacts.brand = $brand AND contacts.node_id IN (SELECT nodes.node_id FROM nodes)
    UNION ALL
    SELECT
        events.node_id,
        events.traits,
        events.occurred_at,
        events.message_id
    FROM fact.events AS events
    WHERE
        events.type = 'identify' AND events.brand = $brand AND events.robot_reason IS NULL AND events.traits <> '{}'
        AND events.node_id IN (SELECT nodes.node_id FROM nodes)
)

SELECT
    arg_max(said.node_id, (said.occurred_at, said.message_id)) AS node_id,
    nodes.profile_id
FROM said
INNER JOIN nodes ON said.node_id = nodes.node_id
WHERE list_any_value(json_extract_string(said.traits, $paths::VARCHAR[])) IS NOT NULL
GROUP BY nodes.profile_id
ORDER BY nodes.profile_id
