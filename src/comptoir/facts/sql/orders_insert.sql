-- Write what was settled.
-- grain: one row of fact.orders.
-- reads: made (rows)
INSERT INTO fact.orders BY NAME SELECT * FROM made
