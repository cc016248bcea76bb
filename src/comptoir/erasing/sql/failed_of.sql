-- Why some refused events were refused.
-- grain: one row a refused event.
-- reads: fact.failed
-- param: ids VARCHAR[]  of the refused events
SELECT failed_id, reason
FROM fact.failed
WHERE list_contains($ids::VARCHAR[], failed_id)
ORDER BY failed_id
