-- What a person has looked at in the last 90 days, weighted: half for each month gone by, three times for the cart.
-- grain:  one row a product or category; the ten heaviest of each
-- reads:  events, products
-- param:  nodes BIGINT[]  the person's nodes
-- param:  now TIMESTAMP  the present
-- param:  brands VARCHAR[]  only these brands; none: every one
WITH theirs AS (
    SELECT unnest(CAST($nodes AS BIGINT[])) AS node_id
),
looked AS (
    SELECT
        e.brand, e.product_id, e.occurred_at,
        coalesce(json_extract_string(e.properties, '$.name'), '')     AS said_name,
        coalesce(json_extract_string(e.properties, '$.category'), '') AS said_category,
        power(0.5, date_diff('second', e.occurred_at, CAST($now AS TIMESTAMP)) / 2592000.0)
        * CASE WHEN e.name = 'Product Added' THEN 3 ELSE 1 END        AS weight
    FROM events AS e
    WHERE e.node_id IN (SELECT node_id FROM theirs)
        AND e.product_id IS NOT NULL
        AND e.name IN ('Product Viewed', 'Product Clicked', 'Product Added')
        AND e.occurred_at >= CAST($now AS TIMESTAMP) - INTERVAL 90 DAY AND e.occurred_at <= $now
        AND (len($brands) = 0 OR list_contains($brands, e.brand))
),
catalogue AS (
    SELECT brand, product_id, min(name) AS name, min(category) AS category
    FROM products
    WHERE product_id IN (SELECT product_id FROM looked)
    GROUP BY brand, product_id
),
told AS (
    SELECT
        l.weight, l.occurred_at, l.product_id,
        coalesce(c.name, nullif(l.said_name, ''), l.product_id) AS name,
        coalesce(c.category, nullif(l.said_category, ''))       AS category
    FROM looked AS l
    LEFT JOIN catalogue AS c ON c.brand = l.brand AND c.product_id = l.product_id
),
summed AS (
    SELECT 'product' AS kind, product_id AS reference, min(name) AS name, sum(weight) AS weight, count(*) AS times,
        max(occurred_at) AS last_at
    FROM told
    GROUP BY product_id
    UNION ALL
    SELECT 'category' AS kind, category AS reference, category AS name, sum(weight) AS weight, count(*) AS times,
        max(occurred_at) AS last_at
    FROM told
    WHERE category IS NOT NULL
    GROUP BY category
)
SELECT kind, reference, name, weight, times, last_at
FROM summed
QUALIFY row_number() OVER (PARTITION BY kind ORDER BY weight DESC, reference) <= 8
ORDER BY kind, weight DESC, reference
