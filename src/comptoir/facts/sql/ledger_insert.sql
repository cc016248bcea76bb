-- Book movements of orders that had none before.
-- grain: one row a movement.
-- reads: made (rows)
INSERT INTO fact.revenue_ledger BY NAME SELECT * FROM made
