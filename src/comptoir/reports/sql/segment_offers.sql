-- What a condition may name: categories as the catalogue writes them, products, traits that somebody has, loyalty tiers.
-- grain:  one row a category, product, trait or tier
-- reads:  products, fact.traits
-- param:  kind VARCHAR  category, product, trait or tier
-- param:  brands VARCHAR[]  only of these brands; none: of every brand; traits are of the person
-- param:  most BIGINT  rows
SELECT value, max(says) AS says
FROM (
    SELECT
        CASE WHEN $kind = 'category' THEN category ELSE product_id END AS value,
        CASE WHEN $kind = 'category' THEN category ELSE coalesce(name, product_id) END AS says
    FROM products
    WHERE $kind IN ('category', 'product') AND (len($brands::VARCHAR[]) = 0 OR list_contains($brands::VARCHAR[], brand))
    UNION ALL
    SELECT DISTINCT name AS value, name AS says FROM fact.traits WHERE $kind = 'trait' AND strpos(name, chr(31)) = 0
    UNION ALL
    SELECT DISTINCT unnest(said) AS value, value AS says
    FROM fact.traits
    WHERE $kind = 'tier' AND name = 'loyalty_tier'
) AS offered
WHERE value IS NOT NULL AND value <> ''
GROUP BY value
ORDER BY value
LIMIT $most
