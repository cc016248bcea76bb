-- Orders of browsers whose sessions changed their name in this tick.
-- grain: one row an order.
-- reads: fact.commerce, fact.session_moves
-- param: tick_id BIGINT
SELECT DISTINCT order_hash
FROM fact.commerce
WHERE order_hash IS NOT NULL AND browser_node IN (SELECT browser_node FROM fact.session_moves WHERE tick_id = $tick_id)
