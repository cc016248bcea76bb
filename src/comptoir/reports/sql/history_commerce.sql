-- All that bears on the carts of a stretch of time: what was said of carts and orders then, and everything that the same
-- people, carts, checkouts and orders had been in before.
-- grain:  one row an action or order row × product line
-- reads:  fact.commerce, fact.profile_of
-- param:  brand VARCHAR          one brand, or NULL for all
-- param:  from_at TIMESTAMP      seen from this instant on
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

touched AS (
    SELECT
        browser_node,
        node_id,
        cart_hash,
        other_cart_hash,
        checkout_hash,
        order_hash
    FROM told
    WHERE seen_at >= $from_at
),

people AS (
    SELECT DISTINCT profile_id
    FROM fact.profile_of
    WHERE
        profile_id IS NOT NULL
        AND node_id IN (SELECT touched.browser_node FROM touched UNION SELECT touched.node_id FROM touched)
),

members AS (
    SELECT node_id
    FROM fact.profile_of
    WHERE profile_id IN (SELECT people.profile_id FROM people)
)

SELECT *
FROM told
WHERE
    browser_node IN (SELECT members.node_id FROM members)
    OR cart_hash IN (
        SELECT touched.cart_hash FROM touched WHERE touched.cart_hash IS NOT NULL
        UNION
        SELECT touched.other_cart_hash FROM touched WHERE touched.other_cart_hash IS NOT NULL
    )
    OR other_cart_hash IN (SELECT touched.cart_hash FROM touched WHERE touched.cart_hash IS NOT NULL)
    OR checkout_hash IN (SELECT touched.checkout_hash FROM touched WHERE touched.checkout_hash IS NOT NULL)
    OR order_hash IN (SELECT touched.order_hash FROM touched WHERE touched.order_hash IS NOT NULL)
ORDER BY seen_at, occurred_at, message_id, message_hash, line_number
