-- When each person bought of a category for the last time.
-- grain: one row a person.
-- reads: score_purchases, fact.order_lines, fact.products
-- param: category VARCHAR
WITH catalogue AS (
    SELECT brand, product_id, min(category) AS category
    FROM fact.products
    GROUP BY brand, product_id
)

SELECT bought.profile_id, date_diff('day', DATE '1970-01-01', max(bought.day))::BIGINT AS day
FROM score_purchases AS bought
INNER JOIN fact.order_lines AS lines ON bought.order_hash = lines.order_hash
LEFT JOIN catalogue ON lines.brand = catalogue.brand AND lines.product_id = catalogue.product_id
WHERE
    lines.kind = 'sale' AND coalesce(lines.quantity, 1) > 0
    AND coalesce(nullif(lines.category, ''), catalogue.category) = $category
GROUP BY bought.profile_id
ORDER BY bought.profile_id
