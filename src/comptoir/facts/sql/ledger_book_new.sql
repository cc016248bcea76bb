-- Book movements of orders that had none before.
-- grain: one row a movement.
-- reads: movements
-- param: now TIMESTAMP
INSERT INTO fact.revenue_ledger BY NAME
SELECT *, $now AS booked_at FROM movements
