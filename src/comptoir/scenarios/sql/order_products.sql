-- The products of orders.
-- grain:  one row an order × product
-- reads:  order_lines
-- param:  order_keys VARCHAR[]  the orders asked for
SELECT
    order_key,
    product_id
FROM order_lines
WHERE order_key IN (SELECT unnest($order_keys::VARCHAR[])) AND product_id IS NOT NULL
GROUP BY order_key, product_id
ORDER BY order_key, max(amount_minor) DESC, product_id
