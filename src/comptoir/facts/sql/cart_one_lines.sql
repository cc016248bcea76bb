-- The lines of a cart beside what the catalogue says of each product: of the variant if it knows it, else of the product.
-- grain: one row a line.
-- reads: cart_lines, products
-- param: cart_key VARCHAR
SELECT
    lines.product_id, lines.variant_id, lines.quantity, lines.unit_price, lines.amount_minor, lines.currency, lines.added_at,
    products.product_id IS NOT NULL AS is_in_catalogue, coalesce(products.is_for_sale, FALSE) AS is_for_sale, products.price,
    products.currency AS price_currency, products.name, products.category, products.url, products.image_url, products.stock
FROM main.cart_lines AS lines
LEFT JOIN main.products AS products
    ON
        lines.brand = products.brand AND lines.product_id = products.product_id
        AND (products.variant_id IS NOT DISTINCT FROM lines.variant_id OR products.variant_id IS NULL)
WHERE lines.cart_key = $cart_key
QUALIFY row_number() OVER (
    PARTITION BY lines.product_id, lines.variant_id
    ORDER BY CASE WHEN products.variant_id IS NOT DISTINCT FROM lines.variant_id THEN 0 ELSE 1 END
) = 1
ORDER BY lines.added_at, lines.product_id, lines.variant_id
