-- Every statement about the people who did something in a stretch of time.
-- grain:  one row a statement about a person
-- reads:  fact.contact_records, fact.events, fact.profile_of
-- param:  brand VARCHAR          one brand, or NULL for all
-- param:  from_at TIMESTAMP      who did something from this instant on
-- param:  until_at TIMESTAMP     and before this instant; statements before it
WITH people AS (
    SELECT DISTINCT profiles.profile_id
    FROM fact.events AS events
    INNER JOIN fact.profile_of AS profiles ON events.node_id = profiles.node_id
    WHERE
        profiles.profile_id IS NOT NULL
        AND events.robot_reason IS NULL
        AND ($brand::VARCHAR IS NULL OR events.brand = $brand)
        AND CASE WHEN events.historical THEN events.occurred_at ELSE events.received_at END >= $from_at
        AND CASE WHEN events.historical THEN events.occurred_at ELSE events.received_at END < $until_at
),

members AS (
    SELECT profiles.node_id
    FROM fact.profile_of AS profiles
    INNER JOIN people ON profiles.profile_id = people.profile_id
)

SELECT
    contacts.node_id,
    contacts.occurred_at,
    contacts.message_id,
    contacts.traits,
    TRUE AS is_record
FROM fact.contact_records AS contacts
WHERE
    contacts.occurred_at < $until_at AND contacts.traits <> '{}'
    AND contacts.node_id IN (SELECT members.node_id FROM members)
UNION ALL
SELECT
    events.node_id,
    events.occurred_at,
    events.message_id,
    events.traits,
    FALSE
FROM fact.events AS events
WHERE
    events.type = 'identify' AND events.traits <> '{}' AND events.robot_reason IS NULL AND events.occurred_at < $until_at
    AND events.node_id IN (SELECT members.node_id FROM members)
ORDER BY 2, 3
