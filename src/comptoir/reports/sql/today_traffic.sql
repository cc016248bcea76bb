-- What came in, today and over the last days: events, visitors, sessions, refusals, messages of unknown fate.
-- grain:  one row a period (today, week)
-- reads:  events, sessions, fact.failed, deliveries
-- param:  today_at TIMESTAMP  start of today
-- param:  week_at TIMESTAMP  start of the longer period
-- param:  now TIMESTAMP  nothing after it is counted
WITH periods AS (
    SELECT 'today' AS period, $today_at AS from_at
    UNION ALL
    SELECT 'week' AS period, $week_at AS from_at
),
happened AS (
    SELECT 'event' AS kind, occurred_at AS happened_at, NULL AS who FROM events WHERE occurred_at >= $week_at
    UNION ALL
    SELECT 'session' AS kind, started_at AS happened_at, profile_id AS who FROM sessions WHERE started_at >= $week_at
    UNION ALL
    SELECT 'refused' AS kind, received_at AS happened_at, NULL AS who FROM fact.failed WHERE received_at >= $week_at
    UNION ALL
    SELECT 'unknown' AS kind, occurred_at AS happened_at, NULL AS who FROM deliveries
    WHERE kind = 'unknown' AND occurred_at >= $week_at
)
SELECT
    p.period,
    count(*) FILTER (WHERE h.kind = 'event')               AS event_count,
    count(DISTINCT h.who) FILTER (WHERE h.kind = 'session') AS visitor_count,
    count(*) FILTER (WHERE h.kind = 'session')             AS session_count,
    count(*) FILTER (WHERE h.kind = 'refused')             AS refused_count,
    count(*) FILTER (WHERE h.kind = 'unknown')             AS unknown_count
FROM periods AS p
LEFT JOIN happened AS h ON h.happened_at >= p.from_at AND h.happened_at <= $now
GROUP BY p.period
ORDER BY p.period
