-- Every statement about some people until an instant.
-- grain:  one row a statement about a person
-- reads:  fact.contact_records, fact.events
-- param:  nodes BIGINT[]         these people's
-- param:  until_at TIMESTAMP     statements before this instant
SELECT
    contacts.node_id,
    contacts.occurred_at,
    contacts.message_id,
    contacts.traits,
    TRUE AS is_record
FROM fact.contact_records AS contacts
WHERE
    contacts.occurred_at < $until_at AND contacts.traits <> '{}'
    AND contacts.node_id IN (SELECT unnest($nodes::BIGINT[]))
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
    AND events.node_id IN (SELECT unnest($nodes::BIGINT[]))
ORDER BY 2, 3
