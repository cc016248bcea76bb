-- What the catalogue says of products, one variant of each: the product itself, else its first variant for sale.
-- grain:  one row a brand × product that the catalogue knows
-- reads:  products
-- param:  brands VARCHAR[]       in the order of product_ids
-- param:  product_ids VARCHAR[]
WITH asked AS (
    SELECT
        unnest($brands::VARCHAR[])      AS brand,
        unnest($product_ids::VARCHAR[]) AS product_id
)

SELECT
    products.brand,
    products.product_id,
    products.variant_id,
    products.name,
    products.category,
    products.url,
    products.image_url,
    products.price,
    products.currency,
    (products.is_for_sale IS TRUE AND coalesce(products.stock, 1) > 0) AS is_for_sale
FROM products
SEMI JOIN asked ON products.brand = asked.brand AND products.product_id = asked.product_id
QUALIFY row_number() OVER (
    PARTITION BY products.brand, products.product_id
    ORDER BY products.is_for_sale IS TRUE AND coalesce(products.stock, 1) > 0 DESC, products.variant_id NULLS FIRST
) = 1
ORDER BY products.brand, products.product_id
