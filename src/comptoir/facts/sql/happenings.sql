-- What happened in a tick that scenarios listen to; history and robots left out, and those who name nobody.
-- grain: one row an event.
-- reads: fact.events, fact.profile_of, fact.inferred_acts, fact.orders
-- param: tick_id BIGINT
-- param: names VARCHAR[], the names listened to
WITH heard AS (
    SELECT
        events.message_id, events.message_hash, events.name, events.node_id, events.brand, events.occurred_at,
        events.received_at, events.cart_id, events.order_id, events.historical AS is_historical, events.properties,
        fact.cart_hash(events.brand, events.cart_id) AS cart_hash,
        CASE
            WHEN events.name IN ('Order Completed', 'Order Updated', 'Order Refunded', 'Order Cancelled')
                THEN fact.order_hash(events.brand, NULL, events.order_id)
        END AS order_hash
    FROM fact.events AS events
    WHERE
        events.tick_id = $tick_id AND NOT events.historical AND events.robot_reason IS NULL
        AND events.name IN (SELECT unnest($names::VARCHAR[]))
)

SELECT
    heard.message_id, heard.name, heard.node_id, profiles.profile_id, heard.brand, heard.occurred_at, heard.received_at,
    format('{:016x}', coalesce(orders.cart_hash, heard.cart_hash, acts.cart_hash)) AS cart_key,
    heard.cart_id,
    format('{:016x}', heard.order_hash) AS order_key,
    heard.order_id, heard.is_historical, heard.properties
FROM heard
INNER JOIN fact.profile_of AS profiles ON heard.node_id = profiles.node_id
LEFT JOIN fact.inferred_acts AS acts ON heard.message_hash = acts.message_hash
LEFT JOIN fact.orders AS orders ON heard.order_hash = orders.order_hash
WHERE profiles.profile_id IS NOT NULL
ORDER BY heard.occurred_at, heard.message_id
