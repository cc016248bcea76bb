-- Write what was derived.
-- grain: one row of fact.carts.
-- reads: made (rows)
INSERT INTO fact.carts BY NAME SELECT * FROM made
