-- Sources that have been silent longer than they usually are: half as long again as their longest pause in four weeks.
-- grain:  one row a silent source
-- reads:  fact.events
-- param:  since_at TIMESTAMP  four weeks ago
-- param:  now TIMESTAMP  the present
-- param:  brands VARCHAR[]  only these brands; none: every one
WITH hours AS (
    SELECT source, brand, date_trunc('hour', received_at) AS hour_at, max(received_at) AS last_at
    FROM fact.events
    WHERE NOT historical AND received_at >= $since_at AND received_at <= $now
    GROUP BY source, brand, date_trunc('hour', received_at)
),
pauses AS (
    SELECT
        source, brand, last_at,
        date_diff('second', coalesce(lag(hour_at) OVER (PARTITION BY source, brand ORDER BY hour_at), hour_at), hour_at)
            AS pause_seconds
    FROM hours
),
usual AS (
    SELECT source, brand, max(last_at) AS last_at, max(pause_seconds) AS longest_seconds, count(*) AS hour_count
    FROM pauses
    GROUP BY source, brand
)
SELECT u.source, u.brand, u.last_at, u.longest_seconds
FROM usual AS u
-- with less than a day of its hours known, nothing is usual yet
WHERE u.hour_count >= 24
    AND date_diff('second', u.last_at, CAST($now AS TIMESTAMP)) > greatest(7200, u.longest_seconds * 1.5)
    AND (len($brands) = 0 OR list_contains($brands, u.brand))
ORDER BY u.last_at, u.source
