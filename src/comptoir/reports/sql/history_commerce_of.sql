-- All that was said of the carts and orders of some people until an instant.
-- grain:  one row an action or order row × product line
-- reads:  fact.commerce
-- param:  nodes BIGINT[]         these people's
-- param:  brand VARCHAR          one brand, or NULL for all
-- param:  until_at TIMESTAMP     seen before this instant
WITH told AS (
    SELECT
        commerce.*,
        CASE WHEN commerce.historical THEN commerce.occurred_at ELSE commerce.received_at END AS seen_at
    FROM fact.commerce AS commerce
    WHERE
        ($brand::VARCHAR IS NULL OR commerce.brand = $brand)
        AND CASE WHEN commerce.historical THEN commerce.occurred_at ELSE commerce.received_at END < $until_at
),

own AS (
    SELECT cart_hash, order_hash
    FROM told
    WHERE node_id IN (SELECT unnest($nodes::BIGINT[])) OR browser_node IN (SELECT unnest($nodes::BIGINT[]))
)

SELECT *
FROM told
WHERE
    node_id IN (SELECT unnest($nodes::BIGINT[]))
    OR browser_node IN (SELECT unnest($nodes::BIGINT[]))
    OR cart_hash IN (SELECT own.cart_hash FROM own WHERE own.cart_hash IS NOT NULL)
    OR order_hash IN (SELECT own.order_hash FROM own WHERE own.order_hash IS NOT NULL)
ORDER BY seen_at, occurred_at, message_id, message_hash, line_number
