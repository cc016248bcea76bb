-- Write what was settled.
-- grain: one row of fact.order_lines.
-- reads: made (rows)
INSERT INTO fact.order_lines BY NAME SELECT * FROM made
