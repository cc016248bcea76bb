-- The lines of carts beside what the catalogue says of their products; names, prices, pictures and links are the catalogue's.
-- grain:  one row a cart line whose product the catalogue knows
-- reads:  cart_lines, products
-- param:  cart_keys VARCHAR[]  the carts asked for
WITH matched AS (
    SELECT
        lines.cart_key,
        lines.product_id,
        lines.variant_id,
        lines.quantity,
        lines.added_at,
        products.name,
        products.category,
        products.url,
        products.image_url,
        products.price,
        products.currency,
        (products.is_for_sale IS TRUE AND coalesce(products.stock, 1) > 0) AS is_for_sale,
        row_number() OVER (
            PARTITION BY lines.cart_key, lines.product_id, lines.variant_id
            ORDER BY products.variant_id IS NOT DISTINCT FROM lines.variant_id DESC, products.variant_id
        ) AS place
    FROM cart_lines AS lines
    INNER JOIN products
        ON
            lines.brand = products.brand
            AND lines.product_id = products.product_id
            AND (products.variant_id IS NOT DISTINCT FROM lines.variant_id OR products.variant_id IS NULL)
    WHERE
        lines.cart_key IN (SELECT unnest($cart_keys::VARCHAR[]))
        AND lines.quantity > 0
)

SELECT
    cart_key,
    product_id,
    variant_id,
    name,
    category,
    url,
    image_url,
    price,
    currency,
    quantity,
    is_for_sale
FROM matched
WHERE place = 1
ORDER BY cart_key, added_at, product_id, variant_id
