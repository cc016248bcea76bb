-- Orders of browsers whose sessions changed their name.
-- grain: one row an order.
-- reads: fact.commerce
-- param: nodes BIGINT[]
SELECT DISTINCT order_hash
FROM fact.commerce
WHERE order_hash IS NOT NULL AND browser_node IN (SELECT unnest($nodes::BIGINT[]))
