-- How many facts are kept of one person.
-- grain:  one row a kind of facts: events, carts, orders, loyalty
-- reads:  events_all, carts, orders, loyalty_movements
-- param:  nodes BIGINT[]  the person's nodes
WITH theirs AS (
    SELECT unnest(CAST($nodes AS BIGINT[])) AS node_id
)

SELECT 'carts' AS kind, count(*) AS times FROM carts WHERE node_id IN (SELECT node_id FROM theirs)
UNION ALL
SELECT 'events' AS kind, count(*) AS times FROM events_all WHERE node_id IN (SELECT node_id FROM theirs)
UNION ALL
SELECT 'loyalty' AS kind, count(*) AS times FROM loyalty_movements WHERE node_id IN (SELECT node_id FROM theirs)
UNION ALL
SELECT 'orders' AS kind, count(*) AS times FROM orders WHERE node_id IN (SELECT node_id FROM theirs)
ORDER BY kind
