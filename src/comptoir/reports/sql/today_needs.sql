-- What may need a look: refused events that nobody sent in again, mails that came back, complaints.
-- grain:  one row a brand and kind (refused, accepted, bounced, complained) that has any
-- reads:  fact.failed, deliveries, messages
-- param:  since_at TIMESTAMP  from when on
-- param:  now TIMESTAMP  until when
-- param:  again VARCHAR[]  refused events that were sent in again
-- param:  brands VARCHAR[]  only these brands; none: every one
WITH found AS (
    SELECT 'refused' AS kind, f.brand, f.failed_id AS what
    FROM fact.failed AS f
    WHERE f.received_at >= $since_at AND f.received_at <= $now
        AND f.failed_id NOT IN (SELECT unnest(CAST($again AS VARCHAR[])))
    UNION ALL
    SELECT d.kind, m.brand, d.message_id AS what
    FROM deliveries AS d
    INNER JOIN messages AS m ON m.message_id = d.message_id
    WHERE d.kind IN ('accepted', 'bounced', 'complained') AND d.occurred_at >= $since_at AND d.occurred_at <= $now
)
SELECT f.brand, f.kind, count(DISTINCT f.what) AS times
FROM found AS f
WHERE len($brands) = 0 OR list_contains($brands, f.brand)
GROUP BY f.brand, f.kind
ORDER BY f.brand, f.kind
