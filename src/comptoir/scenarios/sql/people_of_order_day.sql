-- Those who ordered on a day; of `last_order` those who have not ordered since.
-- grain:  one row an order (of each profile the newest, where only the last counts)
-- reads:  orders
-- param:  begins TIMESTAMP   the day's first instant, UTC
-- param:  ends TIMESTAMP     the next day's first instant, UTC
-- param:  only_last BOOLEAN
-- param:  brand VARCHAR
WITH newest AS (
    SELECT
        node_id,
        profile_id,
        order_key,
        ordered_at,
        row_number() OVER (PARTITION BY profile_id ORDER BY ordered_at DESC, order_key) AS place
    FROM orders
    WHERE brand = $brand AND status IS DISTINCT FROM 'cancelled' AND profile_id IS NOT NULL
)

SELECT
    node_id,
    profile_id,
    order_key
FROM newest
WHERE ordered_at >= $begins AND ordered_at < $ends AND (NOT $only_last OR place = 1)
ORDER BY profile_id, order_key
