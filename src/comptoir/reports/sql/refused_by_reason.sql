-- Refused events by reason.
-- grain: one row a reason
-- reads: fact.failed
SELECT reason, count(*) AS refused FROM fact.failed GROUP BY reason
