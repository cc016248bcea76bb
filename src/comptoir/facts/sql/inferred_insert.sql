-- Write which cart an action without a basket id belongs to.
-- grain: one row an action.
-- reads: made (rows)
INSERT INTO fact.inferred_acts BY NAME SELECT * FROM made
