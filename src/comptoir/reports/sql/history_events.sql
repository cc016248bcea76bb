-- What people did, as a rehearsal of scenarios hears it: under these names, between two instants, robots left out.
-- An imported event counts at the instant it happened, a live one when the door took it.
-- grain:  one row an event
-- reads:  fact.events, fact.profile_of
-- param:  names VARCHAR[]        the names listened to
-- param:  brand VARCHAR          one brand, or NULL for all
-- param:  from_at TIMESTAMP      seen from this instant on
-- param:  until_at TIMESTAMP     seen before this instant
SELECT
    events.message_id,
    events.message_hash,
    events.name,
    events.node_id,
    events.browser_node,
    events.anonymous_id,
    events.source,
    events.brand,
    events.occurred_at,
    CASE WHEN events.historical THEN events.occurred_at ELSE events.received_at END AS seen_at,
    events.cart_id,
    events.order_id,
    events.properties,
    fact.cart_hash(events.brand, events.cart_id)                                    AS cart_hash,
    CASE
        WHEN events.name IN ('Order Completed', 'Order Updated', 'Order Refunded', 'Order Cancelled')
            THEN fact.order_hash(events.brand, NULL, events.order_id)
    END                                                                             AS order_hash
FROM fact.events AS events
INNER JOIN fact.profile_of AS profiles ON events.node_id = profiles.node_id
WHERE
    profiles.profile_id IS NOT NULL
    AND events.robot_reason IS NULL
    AND events.name IN (SELECT unnest($names::VARCHAR[]))
    AND ($brand::VARCHAR IS NULL OR events.brand = $brand)
    AND CASE WHEN events.historical THEN events.occurred_at ELSE events.received_at END >= $from_at
    AND CASE WHEN events.historical THEN events.occurred_at ELSE events.received_at END < $until_at
ORDER BY seen_at, events.occurred_at, events.message_id
