-- Write what was derived.
-- grain: one row of fact.cart_lines.
-- reads: made (rows)
INSERT INTO fact.cart_lines BY NAME SELECT * FROM made
