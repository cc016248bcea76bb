-- Every statement about some products, or about those spoken of in carts or orders until an instant: the catalogue, as it was at any time.
-- grain:  one row a statement about a product
-- reads:  fact.product_records, fact.price_records, fact.stock_records, fact.commerce
-- param:  brand VARCHAR          one brand, or NULL for all
-- param:  products VARCHAR[]     these products, or NULL for those in carts and orders
-- param:  until_at TIMESTAMP     in carts seen before this instant
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
FROM fact.catalogue_of(NULL, NULL)
WHERE
    ($brand::VARCHAR IS NULL OR brand = $brand)
    AND product_id IN (
        SELECT unnest($products::VARCHAR[])
        UNION ALL
        SELECT commerce.product_id
        FROM fact.commerce AS commerce
        WHERE
            $products::VARCHAR[] IS NULL
            AND commerce.product_id IS NOT NULL
            AND CASE WHEN commerce.historical THEN commerce.occurred_at ELSE commerce.received_at END < $until_at
    )
ORDER BY brand, product_id, variant_id, occurred_at, place, message_id
