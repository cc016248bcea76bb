-- Refused events, by id or by reason.
-- grain: one row a refused event
-- reads: fact.failed
-- param: ids    VARCHAR[]  these; all where the list is empty
-- param: reason VARCHAR    of this reason; of any where NULL
-- param: most   BIGINT     at most so many
SELECT failed_id, source, brand, trust, reason, detail, message_id, line, raw, dialect, route, import_id, row_number,
    received_at
FROM fact.failed
WHERE (len($ids) = 0 OR list_contains($ids, failed_id)) AND ($reason IS NULL OR reason = $reason)
ORDER BY received_at DESC, failed_id
LIMIT $most
