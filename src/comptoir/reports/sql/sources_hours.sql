-- Events that each source sent, by hour, over the last day.
-- grain:  one row a source × hour back from now (0 the present one)
-- reads:  fact.events
-- param:  now TIMESTAMP      the end of the day
SELECT
    source,
    date_diff('hour', received_at, $now::TIMESTAMP) AS hours_ago,
    count(*)                                        AS event_count
FROM fact.events
WHERE NOT historical AND received_at > $now::TIMESTAMP - INTERVAL 24 HOUR AND received_at <= $now::TIMESTAMP
GROUP BY source, hours_ago
ORDER BY source, hours_ago
