-- What happened with a person, newest first: events, carts, orders, messages and what became of them, consents.
-- grain:  one row an occurrence
-- reads:  fact.events, carts, orders, messages, deliveries, fact.consents, loyalty_movements
-- param:  nodes BIGINT[]  the person's nodes
-- param:  kind VARCHAR  only this kind of moment (a message with its deliveries); empty for all
-- param:  most BIGINT  rows
WITH theirs AS (
    SELECT unnest($nodes) AS node_id
),
told AS (
    SELECT
        occurred_at AS happened_at, 'event' AS kind, name AS title, message_id AS reference, type AS state, source AS place,
        product_id AS thing, url AS detail, NULL AS amount_minor, NULL AS currency
    FROM fact.events
    WHERE node_id IN (SELECT node_id FROM theirs) AND robot_reason IS NULL
    UNION ALL
    SELECT
        opened_at, 'cart', cart_key, cart_id, state, source, NULL, CAST(item_count AS VARCHAR), amount_minor, currency
    FROM carts
    WHERE node_id IN (SELECT node_id FROM theirs)
    UNION ALL
    SELECT ordered_at, 'order', order_id, order_key, status, source, NULL, trust, amount_minor, currency
    FROM orders
    WHERE node_id IN (SELECT node_id FROM theirs)
    UNION ALL
    SELECT
        decided_at, 'message', coalesce(scenario, channel), message_id, outcome, channel, step, reason, NULL, NULL
    FROM messages
    WHERE node_id IN (SELECT node_id FROM theirs)
    UNION ALL
    SELECT occurred_at, 'delivery', kind, message_id, kind, robot_reason, link, detail, NULL, NULL
    FROM deliveries
    WHERE node_id IN (SELECT node_id FROM theirs)
    UNION ALL
    SELECT occurred_at, 'points', kind, order_id, kind, source, NULL, NULL, points, NULL
    FROM loyalty_movements
    WHERE node_id IN (SELECT node_id FROM theirs)
)
SELECT * FROM told
WHERE $kind = '' OR kind = $kind OR ($kind = 'message' AND kind = 'delivery')
ORDER BY happened_at DESC, kind, reference
LIMIT $most
