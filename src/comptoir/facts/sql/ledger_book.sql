-- Book movements: now, or when they were booked before.
-- grain: one row a movement.
-- reads: movements, booked
-- param: now TIMESTAMP
INSERT INTO fact.revenue_ledger BY NAME
SELECT movements.*, coalesce(booked.booked_at, $now) AS booked_at
FROM movements
LEFT JOIN booked
    ON
        movements.order_hash = booked.order_hash AND movements.line_key = booked.line_key AND movements.kind = booked.kind
        AND movements.revision = booked.revision AND movements.source_ref = booked.source_ref
        AND movements.amount_minor = booked.amount_minor
        AND movements.currency IS NOT DISTINCT FROM booked.currency
