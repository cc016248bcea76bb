-- How often messages were shown, clicked and closed on the site; robots left out.
-- grain: one row a message × kind.
-- reads: fact.delivery_records
-- param: message_ids VARCHAR[]
SELECT message_id, kind, count(*) AS times
FROM fact.delivery_records
WHERE
    message_id IN (SELECT unnest($message_ids::VARCHAR[])) AND kind IN ('shown', 'clicked', 'dismissed')
    AND robot_reason IS NULL
GROUP BY message_id, kind
ORDER BY message_id, kind
