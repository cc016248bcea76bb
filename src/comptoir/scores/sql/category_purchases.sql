-- When people bought of each category: lines sold in orders that counted. A line without a category is of its product's.
-- grain: one row a person × category × day.
-- reads: score_purchases, fact.order_lines, fact.products
WITH catalogue AS (
    SELECT brand, product_id, min(category) AS category
    FROM fact.products
    GROUP BY brand, product_id
),

lines AS (
    SELECT
        bought.profile_id, date_diff('day', DATE '1970-01-01', bought.day)::BIGINT AS day,
        coalesce(nullif(lines.category, ''), catalogue.category) AS category
    FROM score_purchases AS bought
    INNER JOIN fact.order_lines AS lines ON bought.order_hash = lines.order_hash
    LEFT JOIN catalogue ON lines.brand = catalogue.brand AND lines.product_id = catalogue.product_id
    WHERE lines.kind = 'sale' AND coalesce(lines.quantity, 1) > 0
)

SELECT category, profile_id, day
FROM lines
WHERE category IS NOT NULL AND category <> ''
GROUP BY category, profile_id, day
ORDER BY category, profile_id, day
