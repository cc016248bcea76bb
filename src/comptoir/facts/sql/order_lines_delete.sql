-- Take out what is about to be written again.
-- grain: none.
-- reads: touched_orders (keys)
DELETE FROM fact.order_lines WHERE order_hash IN (SELECT order_hash FROM touched_orders)
