-- Write stored orders again as they are now.
-- grain: one row an order.
-- reads: orders_rejoined
INSERT INTO fact.orders BY NAME SELECT * FROM orders_rejoined
