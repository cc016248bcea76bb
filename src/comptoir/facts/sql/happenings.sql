-- What people did live in one tick, of the event names that somebody listens to, with the cart and the order it is about.
-- grain: one row an event.
-- reads: fact.events, fact.inferred_acts, fact.profile_of
-- param: tick_id BIGINT     the tick
-- param: names   VARCHAR[]  the event names
SELECT
    events.message_id,
    events.name,
    events.node_id,
    coalesce(profiles.profile_id, '') AS profile_id,
    events.brand,
    events.occurred_at,
    events.received_at,
    CASE
        WHEN events.cart_id IS NOT NULL THEN format('{:016x}', fact.cart_hash(events.brand, events.cart_id))
        WHEN inferred.cart_hash IS NOT NULL THEN format('{:016x}', inferred.cart_hash)
    END AS cart_key,
    events.cart_id,
    CASE
        WHEN events.order_id IS NOT NULL THEN format('{:016x}', fact.order_hash(events.brand, NULL, events.order_id))
    END AS order_key,
    events.order_id,
    events.historical AS is_historical,
    events.properties
FROM fact.events AS events
LEFT JOIN fact.profile_of AS profiles ON events.node_id = profiles.node_id
LEFT JOIN fact.inferred_acts AS inferred ON events.message_hash = inferred.message_hash
WHERE
    events.tick_id = $tick_id
    AND NOT events.historical
    AND events.robot_reason IS NULL
    AND list_contains($names, events.name)
