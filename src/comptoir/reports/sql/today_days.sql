-- The last days, day by day (UTC), for the spark-lines.
-- grain:  one row a day and kind (event, session, order) that has any
-- reads:  events, sessions, orders
-- param:  week_at TIMESTAMP  start of the first day
-- param:  now TIMESTAMP  nothing after it is counted
SELECT 'event' AS kind, CAST(occurred_at AS DATE) AS day_on, count(*) AS times
FROM events
WHERE occurred_at >= $week_at AND occurred_at <= $now
GROUP BY CAST(occurred_at AS DATE)
UNION ALL
SELECT 'session' AS kind, CAST(started_at AS DATE) AS day_on, count(DISTINCT profile_id) AS times
FROM sessions
WHERE started_at >= $week_at AND started_at <= $now
GROUP BY CAST(started_at AS DATE)
UNION ALL
SELECT 'order' AS kind, CAST(ordered_at AS DATE) AS day_on, count(*) AS times
FROM orders
WHERE ordered_at >= $week_at AND ordered_at <= $now AND status <> 'cancelled'
GROUP BY CAST(ordered_at AS DATE)
ORDER BY kind, day_on
