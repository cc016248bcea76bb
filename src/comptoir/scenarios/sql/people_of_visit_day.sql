-- Those who came or ordered last on a day.
-- grain:  one row a profile
-- reads:  sessions, orders
-- param:  begins TIMESTAMP   the day's first instant, UTC
-- param:  ends TIMESTAMP     the next day's first instant, UTC
-- param:  brand VARCHAR
WITH signs AS (
    SELECT
        node_id,
        profile_id,
        ended_at AS came_at
    FROM sessions
    WHERE brand = $brand AND profile_id IS NOT NULL
    UNION ALL
    SELECT
        node_id,
        profile_id,
        ordered_at
    FROM orders
    WHERE brand = $brand AND profile_id IS NOT NULL
)

SELECT
    arg_max(node_id, (came_at, node_id)) AS node_id,
    profile_id
FROM signs
GROUP BY profile_id
HAVING max(came_at) >= $begins AND max(came_at) < $ends
ORDER BY profile_id
