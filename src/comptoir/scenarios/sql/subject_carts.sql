-- The carts that subjects speak of, as they stand now.
-- grain:  one row a cart
-- reads:  carts
-- param:  cart_keys VARCHAR[]  the carts asked for
SELECT
    cart_key,
    state,
    coalesce(amount_minor, 0) AS amount_minor,
    coalesce(currency, 'EUR') AS currency,
    coalesce(item_count, 0)   AS item_count,
    order_key
FROM carts
WHERE cart_key IN (SELECT unnest($cart_keys::VARCHAR[]))
