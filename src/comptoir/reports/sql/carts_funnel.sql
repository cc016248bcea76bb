-- How far people got in a stretch of days: looked at a product, put one into a cart, went to the checkout, ordered.
-- grain:  one row a step (1 viewed, 2 cart, 3 checkout, 4 order): people who got there or further
-- reads:  events
-- param:  since_at TIMESTAMP  from when on
-- param:  until_at TIMESTAMP  until when
-- param:  brands VARCHAR[]  only these brands; none: every one
WITH reached AS (
    SELECT
        profile_id,
        max(
            CASE name
                WHEN 'Order Completed' THEN 4
                WHEN 'Checkout Started' THEN 3
                WHEN 'Product Added' THEN 2
                ELSE 1
            END
        ) AS step
    FROM events
    WHERE name IN ('Product Viewed', 'Product Added', 'Checkout Started', 'Order Completed')
        AND profile_id IS NOT NULL
        AND occurred_at >= $since_at AND occurred_at < $until_at
        AND (len(CAST($brands AS VARCHAR[])) = 0 OR list_contains(CAST($brands AS VARCHAR[]), brand))
    GROUP BY profile_id
    HAVING bool_or(name <> 'Order Completed') -- an order of a till or a call has not come this way
)
SELECT s.step, count(r.profile_id) AS people
FROM generate_series(1, 4) AS s (step)
LEFT JOIN reached AS r ON r.step >= s.step
GROUP BY s.step
ORDER BY s.step
