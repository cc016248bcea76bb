-- What happened with a person, newest first: events, carts, orders, messages and what became of them, consents.
-- grain:  one row an occurrence
-- reads:  fact.events, carts, orders, messages, deliveries, fact.consents, loyalty_movements
-- param:  nodes BIGINT[]  the person's nodes
-- param:  brands VARCHAR[]  only these brands; none: every one
-- param:  kind VARCHAR  only this kind of moment (a message with its deliveries); empty for all
-- param:  most BIGINT  rows
WITH theirs AS (
    SELECT unnest($nodes) AS node_id
),
told AS (
    SELECT
        occurred_at AS happened_at, 'event' AS kind, name AS title, message_id AS reference, type AS state, source AS place,
        product_id AS thing, url AS detail, NULL AS amount_minor, NULL AS currency,
        brand
    FROM fact.events
    WHERE node_id IN (SELECT node_id FROM theirs) AND robot_reason IS NULL
    UNION ALL
    SELECT
        opened_at, 'cart', cart_key, cart_id, state, source, NULL, CAST(item_count AS VARCHAR), amount_minor, currency,
        brand
    FROM carts
    WHERE node_id IN (SELECT node_id FROM theirs)
    UNION ALL
    SELECT ordered_at, 'order', order_id, order_key, status, source, NULL, trust, amount_minor, currency, brand
    FROM orders
    WHERE node_id IN (SELECT node_id FROM theirs)
    UNION ALL
    SELECT
        decided_at, 'message', coalesce(scenario, channel), message_id, outcome, channel, step, reason, NULL, NULL, brand
    FROM messages
    WHERE node_id IN (SELECT node_id FROM theirs)
    UNION ALL
    SELECT
        d.occurred_at, 'delivery', d.kind, d.message_id, d.kind, d.robot_reason, d.link, d.detail, NULL, NULL, m.brand
    FROM deliveries AS d
    LEFT JOIN messages AS m ON m.message_id = d.message_id
    WHERE d.node_id IN (SELECT node_id FROM theirs)
    UNION ALL
    SELECT occurred_at, 'points', kind, order_id, kind, source, NULL, NULL, points, NULL, brand
    FROM loyalty_movements
    WHERE node_id IN (SELECT node_id FROM theirs)
)
SELECT happened_at, kind, title, reference, state, place, thing, detail, amount_minor, currency
FROM told
WHERE ($kind = '' OR kind = $kind OR ($kind = 'message' AND kind = 'delivery'))
    AND (len(CAST($brands AS VARCHAR[])) = 0 OR list_contains(CAST($brands AS VARCHAR[]), brand))
ORDER BY happened_at DESC, kind, reference
LIMIT $most
