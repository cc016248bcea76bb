-- What ticks took in and what became of it, by hour, over the last day.
-- grain:  one row an hour back from now (0 the present one)
-- reads:  fact.tick_counts
-- param:  now TIMESTAMP      the end of the day
SELECT
    date_diff('hour', now, $now::TIMESTAMP) AS hours_ago,
    sum(received)::BIGINT                   AS received,
    sum(stored)::BIGINT                     AS stored,
    sum(refused)::BIGINT                    AS refused,
    sum(duplicates)::BIGINT                 AS duplicates,
    sum(consent_discarded)::BIGINT          AS consent_discarded
FROM fact.tick_counts
WHERE now > $now::TIMESTAMP - INTERVAL 24 HOUR AND now <= $now::TIMESTAMP
GROUP BY hours_ago
ORDER BY hours_ago
