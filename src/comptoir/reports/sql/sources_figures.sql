-- Each source's last event, and what it sent in the last day and week, accepted and refused.
-- grain:  one row a source
-- reads:  fact.events, fact.failed
-- param:  now TIMESTAMP      the end of both stretches
WITH accepted AS (
    SELECT
        source,
        max(received_at)                                                AS last_at,
        count_if(received_at >= $now::TIMESTAMP - INTERVAL 1 DAY)       AS day_count,
        count_if(received_at >= $now::TIMESTAMP - INTERVAL 7 DAY)       AS week_count
    FROM fact.events
    WHERE NOT historical
    GROUP BY source
),

refused AS (
    SELECT
        source,
        max(received_at)                                                AS last_at,
        count_if(received_at >= $now::TIMESTAMP - INTERVAL 1 DAY)       AS day_count,
        count_if(received_at >= $now::TIMESTAMP - INTERVAL 7 DAY)       AS week_count
    FROM fact.failed
    WHERE import_id IS NULL
    GROUP BY source
)

SELECT
    coalesce(accepted.source, refused.source)           AS source,
    accepted.last_at,
    coalesce(accepted.day_count, 0)                     AS day_count,
    coalesce(accepted.week_count, 0)                    AS week_count,
    coalesce(refused.day_count, 0)                      AS day_refused,
    coalesce(refused.week_count, 0)                     AS week_refused
FROM accepted
FULL JOIN refused ON accepted.source = refused.source
ORDER BY source
