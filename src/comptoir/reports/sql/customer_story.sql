-- What happened with a person, newest first: events, carts, orders, messages and what became of them, consents, points.
-- grain:  one row an occurrence
-- reads:  fact.events, carts, orders, messages, deliveries, fact.consents, loyalty_movements, products
-- param:  nodes BIGINT[]  the person's nodes
-- param:  brands VARCHAR[]  only these brands; none: every one
-- param:  kind VARCHAR  only this kind of moment (a message with its deliveries); empty for all
-- param:  before_at TIMESTAMP  the moment a page ended with: those that follow it are given
-- param:  before_kind VARCHAR  its kind
-- param:  before_reference VARCHAR  its reference
-- param:  most BIGINT  rows
WITH theirs AS (
    SELECT unnest(CAST($nodes AS BIGINT[])) AS node_id
),
own_messages AS (
    SELECT * FROM messages WHERE node_id IN (SELECT node_id FROM theirs)
),
told AS (
    SELECT
        occurred_at AS happened_at, 'event' AS kind, name AS title, message_id AS reference, type AS state, source AS place,
        product_id AS thing, coalesce(url, '') AS detail, NULL AS amount_minor, NULL AS currency, brand
    FROM fact.events
    WHERE node_id IN (SELECT node_id FROM theirs) AND robot_reason IS NULL
    UNION ALL
    SELECT
        opened_at, 'cart', cart_key, coalesce(cart_id, cart_key), state, source, NULL, CAST(item_count AS VARCHAR),
        amount_minor, currency, brand
    FROM carts
    WHERE node_id IN (SELECT node_id FROM theirs)
    UNION ALL
    SELECT ordered_at, 'order', order_id, order_key, status, source, NULL, trust, amount_minor, currency, brand
    FROM orders
    WHERE node_id IN (SELECT node_id FROM theirs)
    UNION ALL
    SELECT
        decided_at, 'message', coalesce(scenario, channel), message_id, outcome, channel, step, reason, NULL, NULL, brand
    FROM own_messages
    UNION ALL
    SELECT
        d.occurred_at, 'delivery', coalesce(m.scenario, m.channel), concat(d.message_id, d.kind), d.kind, d.robot_reason,
        d.link, d.detail, NULL, NULL, m.brand
    FROM deliveries AS d
    LEFT JOIN own_messages AS m ON m.message_id = d.message_id
    WHERE d.node_id IN (SELECT node_id FROM theirs)
    UNION ALL
    SELECT occurred_at, 'consent', purpose, message_id, state, channel, contact, source, NULL, NULL, brand
    FROM fact.consents
    WHERE node_id IN (SELECT node_id FROM theirs)
    UNION ALL
    SELECT occurred_at, 'points', kind, coalesce(order_id, message_id), kind, source, NULL, NULL, points, NULL, brand
    FROM loyalty_movements
    WHERE node_id IN (SELECT node_id FROM theirs)
),
shown AS (
    SELECT t.*
    FROM told AS t
    WHERE ($kind = '' OR t.kind = $kind OR ($kind = 'message' AND t.kind = 'delivery'))
        AND (len($brands) = 0 OR list_contains($brands, t.brand))
        AND (
            t.happened_at < $before_at
            OR (
                t.happened_at = $before_at
                AND (t.kind > $before_kind OR (t.kind = $before_kind AND coalesce(t.reference, '') > $before_reference))
            )
        )
    ORDER BY t.happened_at DESC, t.kind, coalesce(t.reference, '')
    LIMIT $most
),
named AS (
    SELECT brand, product_id, min(name) AS name
    FROM products
    WHERE product_id IN (SELECT thing FROM shown WHERE kind = 'event')
    GROUP BY brand, product_id
)
SELECT
    s.happened_at, s.kind, s.title, s.reference, s.state, s.place, s.thing, s.detail, s.amount_minor, s.currency, s.brand,
    p.name AS product_name
FROM shown AS s
LEFT JOIN named AS p ON s.kind = 'event' AND p.brand = s.brand AND p.product_id = s.thing
ORDER BY s.happened_at DESC, s.kind, coalesce(s.reference, '')
