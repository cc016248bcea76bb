-- Every fact kept of one person, whole, for that person.
-- grain:  one row a fact: its kind, and the row of its view as JSON
-- reads:  events_all, sessions, carts, cart_lines, orders, order_lines, messages, deliveries, loyalty_movements, pickups, subscription_changes, campaign_returns, claims
-- param:  nodes BIGINT[]  the person's nodes
-- param:  brands VARCHAR[]  only these brands; none: every one
WITH theirs AS (
    SELECT unnest(CAST($nodes AS BIGINT[])) AS node_id
),
wanted AS (
    SELECT CAST($brands AS VARCHAR[]) AS brands
),
own_carts AS (
    SELECT c.* FROM carts AS c CROSS JOIN wanted
    WHERE c.node_id IN (SELECT node_id FROM theirs) AND (len(brands) = 0 OR list_contains(brands, c.brand))
),
own_orders AS (
    SELECT o.* FROM orders AS o CROSS JOIN wanted
    WHERE o.node_id IN (SELECT node_id FROM theirs) AND (len(brands) = 0 OR list_contains(brands, o.brand))
),
own_messages AS (
    SELECT m.* FROM messages AS m CROSS JOIN wanted
    WHERE m.node_id IN (SELECT node_id FROM theirs) AND (len(brands) = 0 OR list_contains(brands, m.brand))
)
SELECT 'events' AS kind, CAST(to_json(e) AS VARCHAR) AS said
FROM events_all AS e CROSS JOIN wanted
WHERE e.node_id IN (SELECT node_id FROM theirs) AND (len(brands) = 0 OR list_contains(brands, e.brand))
UNION ALL
SELECT 'visits' AS kind, CAST(to_json(s) AS VARCHAR) AS said
FROM sessions AS s CROSS JOIN wanted
WHERE s.node_id IN (SELECT node_id FROM theirs) AND (len(brands) = 0 OR list_contains(brands, s.brand))
UNION ALL
SELECT 'carts' AS kind, CAST(to_json(c) AS VARCHAR) AS said FROM own_carts AS c
UNION ALL
SELECT 'cart_lines' AS kind, CAST(to_json(l) AS VARCHAR) AS said
FROM cart_lines AS l
WHERE l.cart_key IN (SELECT cart_key FROM own_carts)
UNION ALL
SELECT 'orders' AS kind, CAST(to_json(o) AS VARCHAR) AS said FROM own_orders AS o
UNION ALL
SELECT 'order_lines' AS kind, CAST(to_json(l) AS VARCHAR) AS said
FROM order_lines AS l
WHERE l.order_key IN (SELECT order_key FROM own_orders)
UNION ALL
SELECT 'messages' AS kind, CAST(to_json(m) AS VARCHAR) AS said FROM own_messages AS m
UNION ALL
SELECT 'deliveries' AS kind, CAST(to_json(d) AS VARCHAR) AS said
FROM deliveries AS d
WHERE d.message_id IN (SELECT message_id FROM own_messages)
UNION ALL
SELECT 'loyalty' AS kind, CAST(to_json(p) AS VARCHAR) AS said
FROM loyalty_movements AS p CROSS JOIN wanted
WHERE p.node_id IN (SELECT node_id FROM theirs) AND (len(brands) = 0 OR list_contains(brands, p.brand))
UNION ALL
SELECT 'pickups' AS kind, CAST(to_json(x) AS VARCHAR) AS said
FROM pickups AS x CROSS JOIN wanted
WHERE x.node_id IN (SELECT node_id FROM theirs) AND (len(brands) = 0 OR list_contains(brands, x.brand))
UNION ALL
SELECT 'subscriptions' AS kind, CAST(to_json(x) AS VARCHAR) AS said
FROM subscription_changes AS x CROSS JOIN wanted
WHERE x.node_id IN (SELECT node_id FROM theirs) AND (len(brands) = 0 OR list_contains(brands, x.brand))
UNION ALL
SELECT 'campaign_returns' AS kind, CAST(to_json(x) AS VARCHAR) AS said
FROM campaign_returns AS x CROSS JOIN wanted
WHERE x.node_id IN (SELECT node_id FROM theirs) AND (len(brands) = 0 OR list_contains(brands, x.brand))
UNION ALL
SELECT 'claims' AS kind, CAST(to_json(x) AS VARCHAR) AS said
FROM claims AS x CROSS JOIN wanted
WHERE x.node_id IN (SELECT node_id FROM theirs) AND (len(brands) = 0 OR list_contains(brands, x.brand))
