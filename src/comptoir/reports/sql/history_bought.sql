-- Every statement about orders that hold a product which was ordered in a stretch of time: what is bought beside what.
-- grain:  one row an order row × product line
-- reads:  fact.commerce
-- param:  brand VARCHAR          one brand, or NULL for all
-- param:  from_at TIMESTAMP      ordered from this instant on
-- param:  until_at TIMESTAMP     seen before this instant
WITH told AS (
    SELECT
        commerce.*,
        CASE WHEN commerce.historical THEN commerce.occurred_at ELSE commerce.received_at END AS seen_at
    FROM fact.commerce AS commerce
    WHERE
        commerce.order_hash IS NOT NULL
        AND ($brand::VARCHAR IS NULL OR commerce.brand = $brand)
        AND CASE WHEN commerce.historical THEN commerce.occurred_at ELSE commerce.received_at END < $until_at
),

asked AS (
    SELECT DISTINCT brand, product_id FROM told WHERE seen_at >= $from_at AND product_id IS NOT NULL
)

SELECT *
FROM told
WHERE order_hash IN (
    SELECT told.order_hash FROM told INNER JOIN asked ON told.brand = asked.brand AND told.product_id = asked.product_id
)
ORDER BY seen_at, occurred_at, message_id, message_hash, line_number
