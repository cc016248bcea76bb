-- When the movements of the touched orders were booked.
-- grain: one row a movement.
-- reads: fact.revenue_ledger, touched_orders (keys)
CREATE OR REPLACE TEMP TABLE booked AS
SELECT order_hash, line_key, kind, revision, source_ref, amount_minor, currency, min(booked_at) AS booked_at
FROM fact.revenue_ledger
WHERE order_hash IN (SELECT order_hash FROM touched_orders)
GROUP BY order_hash, line_key, kind, revision, source_ref, amount_minor, currency
