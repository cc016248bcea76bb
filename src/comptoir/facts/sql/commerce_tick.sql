-- What the tick's commerce rows name.
-- grain: one row a distinct set of keys.
-- reads: fact.commerce
-- param: tick_id BIGINT
SELECT DISTINCT order_hash, cart_hash, other_cart_hash, checkout_hash, browser_node, order_hash IS NULL AS is_action,
    order_hash IS NOT NULL OR cart_hash IS NULL OR checkout_hash IS NOT NULL AS is_told,
    name = 'Order Line' AS is_import
FROM fact.commerce
WHERE tick_id = $tick_id
