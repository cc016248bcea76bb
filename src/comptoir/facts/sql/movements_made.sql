-- Movements of money that were settled one order at a time.
-- grain: one row a movement.
-- reads: made (rows)
CREATE OR REPLACE TEMP TABLE movements AS SELECT * FROM made
