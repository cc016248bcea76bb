-- Take out the orders that are about to be written again. (No UPDATE: one would wait for a whole checkpoint to end.)
-- grain: none.
-- reads: fact.orders, orders_rejoined
DELETE FROM fact.orders WHERE order_hash IN (SELECT order_hash FROM orders_rejoined)
