-- What people showed interest in: the events of these names about a product, of these people or about these products.
-- An imported event counts at the instant it happened, a live one when the door took it.
-- grain:  one row an event
-- reads:  fact.events, fact.profile_of
-- param:  names VARCHAR[]
-- param:  nodes BIGINT[]         of these people
-- param:  products VARCHAR[]     or about these products
-- param:  brand VARCHAR          one brand, or NULL for all
-- param:  from_at TIMESTAMP      happened from this instant on
-- param:  until_at TIMESTAMP     seen before this instant
SELECT
    CASE WHEN events.historical THEN events.occurred_at ELSE events.received_at END AS seen_at,
    events.occurred_at,
    events.message_id,
    events.name,
    events.brand,
    events.product_id,
    events.node_id
FROM fact.events AS events
INNER JOIN fact.profile_of AS profiles ON events.node_id = profiles.node_id
WHERE
    profiles.profile_id IS NOT NULL
    AND events.robot_reason IS NULL
    AND events.product_id IS NOT NULL
    AND events.name IN (SELECT unnest($names::VARCHAR[]))
    AND (
        events.node_id IN (SELECT unnest($nodes::BIGINT[]))
        OR events.product_id IN (SELECT unnest($products::VARCHAR[]))
    )
    AND ($brand::VARCHAR IS NULL OR events.brand = $brand)
    AND events.occurred_at >= $from_at
    AND CASE WHEN events.historical THEN events.occurred_at ELSE events.received_at END < $until_at
ORDER BY seen_at, events.occurred_at, events.message_id
