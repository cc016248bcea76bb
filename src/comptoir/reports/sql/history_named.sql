-- Which products some browsers named themselves, and when.
-- grain:  one row a browser, brand, product and instant
-- reads:  fact.events, fact.commerce
-- param:  nodes BIGINT[]         the browsers
-- param:  brand VARCHAR          one brand, or NULL for all
-- param:  from_at TIMESTAMP      happened from this instant on
-- param:  until_at TIMESTAMP     happened before this instant
SELECT browser_node, brand, product_id, occurred_at
FROM fact.events
WHERE
    product_id IS NOT NULL
    AND browser_node IN (SELECT unnest($nodes::BIGINT[]))
    AND ($brand::VARCHAR IS NULL OR brand = $brand)
    AND occurred_at >= $from_at AND occurred_at < $until_at
UNION
SELECT browser_node, brand, product_id, occurred_at
FROM fact.commerce
WHERE
    product_id IS NOT NULL
    AND browser_node IN (SELECT unnest($nodes::BIGINT[]))
    AND ($brand::VARCHAR IS NULL OR brand = $brand)
    AND occurred_at >= $from_at AND occurred_at < $until_at
ORDER BY occurred_at, browser_node, brand, product_id
