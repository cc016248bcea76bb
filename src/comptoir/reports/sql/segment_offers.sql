-- What a condition may name: the categories of products as their catalogue writes them, or the products themselves.
-- grain:  one row a category or product
-- reads:  products
-- param:  kind VARCHAR  category or product
-- param:  brands VARCHAR[]  only of these brands; none: of every brand
-- param:  most BIGINT  rows
SELECT value, max(says) AS says
FROM (
    SELECT
        CASE WHEN $kind = 'category' THEN category ELSE product_id END AS value,
        CASE WHEN $kind = 'category' THEN category ELSE coalesce(name, product_id) END AS says
    FROM products
    WHERE len($brands::VARCHAR[]) = 0 OR list_contains($brands::VARCHAR[], brand)
) AS offered
WHERE value IS NOT NULL AND value <> ''
GROUP BY value
ORDER BY value
LIMIT $most
