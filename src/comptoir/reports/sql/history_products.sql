-- Every statement about some products until an instant.
-- grain:  one row a statement about a product
-- reads:  fact.product_records
-- param:  products VARCHAR[]
-- param:  brand VARCHAR          one brand, or NULL for all
SELECT
    brand,
    product_id,
    variant_id,
    occurred_at,
    message_id,
    name,
    category,
    url,
    image_url,
    price,
    currency,
    is_for_sale,
    stock
FROM fact.product_records
WHERE
    ($brand::VARCHAR IS NULL OR brand = $brand)
    AND product_id IN (SELECT unnest($products::VARCHAR[]))
ORDER BY brand, product_id, variant_id, occurred_at, message_id
