-- What the touched orders name.
-- grain: one row an order.
-- reads: fact.orders, touched_orders (keys)
SELECT order_hash, browser_nodes, cart_hashes, checkout_hashes
FROM fact.orders
WHERE order_hash IN (SELECT order_hash FROM touched_orders)
