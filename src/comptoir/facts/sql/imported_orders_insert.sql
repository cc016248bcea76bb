-- Write the orders that only imports speak of.
-- grain: one row an order.
-- reads: imported_orders
INSERT INTO fact.orders BY NAME SELECT * FROM imported_orders
