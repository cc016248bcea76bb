-- Why events of one source were refused in the last week.
-- grain:  one row a reason
-- reads:  fact.failed
-- param:  source VARCHAR     the source
-- param:  now TIMESTAMP      the end of the week
SELECT
    reason,
    count(*)         AS refused_count,
    max(received_at) AS last_at
FROM fact.failed
WHERE source = $source AND import_id IS NULL AND received_at >= $now::TIMESTAMP - INTERVAL 7 DAY
GROUP BY reason
ORDER BY refused_count DESC, reason
