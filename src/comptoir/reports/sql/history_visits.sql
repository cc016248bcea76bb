-- The visits, from an instant on, of those who came or ordered in a stretch of time.
-- grain:  one row a visit (and one row with NULL instants a person who only ordered)
-- reads:  sessions, orders
-- param:  brand VARCHAR          one brand, or NULL for all
-- param:  from_at TIMESTAMP      came from this instant on
-- param:  until_at TIMESTAMP     and before this one
-- param:  to_at TIMESTAMP        visits that began before this instant
WITH people AS (
    SELECT profile_id
    FROM sessions
    WHERE
        profile_id IS NOT NULL AND ended_at >= $from_at AND started_at < $until_at
        AND ($brand::VARCHAR IS NULL OR brand = $brand)
    UNION
    SELECT profile_id
    FROM orders
    WHERE
        profile_id IS NOT NULL AND ordered_at >= $from_at AND ordered_at < $until_at
        AND ($brand::VARCHAR IS NULL OR brand = $brand)
)

SELECT
    brand,
    node_id,
    started_at,
    ended_at
FROM sessions
WHERE
    profile_id IN (SELECT people.profile_id FROM people)
    AND ended_at >= $from_at AND started_at < $to_at
    AND ($brand::VARCHAR IS NULL OR brand = $brand)
UNION ALL
SELECT DISTINCT
    brand,
    node_id,
    NULL::TIMESTAMP,
    NULL::TIMESTAMP
FROM orders
WHERE
    profile_id IN (SELECT people.profile_id FROM people)
    AND ($brand::VARCHAR IS NULL OR brand = $brand)
ORDER BY 1, 2, 3
