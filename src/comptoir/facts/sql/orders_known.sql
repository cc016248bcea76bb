-- How many of the touched orders are written already.
-- grain: one row.
-- reads: fact.orders, touched_orders (keys)
SELECT count(*) FROM fact.orders WHERE order_hash IN (SELECT order_hash FROM touched_orders)
