-- Append the tick's commerce rows, with the keys that lookups scan.
-- grain: one row an event or record × product line.
-- reads: collected (the tick's commerce rows), visits (the tick's events that lie in a session)
INSERT INTO fact.commerce BY NAME
SELECT
    *,
    message_hash IN (SELECT message_hash FROM visits) AS is_visit,
    fact.cart_hash(brand, cart_id) AS cart_hash,
    fact.cart_hash(brand, other_cart_id) AS other_cart_hash,
    fact.checkout_hash(brand, checkout_id) AS checkout_hash,
    CASE
        WHEN name IN ('Order Completed', 'Order Updated', 'Order Refunded', 'Order Cancelled', 'Order Line')
            THEN fact.order_hash(brand, namespace, order_id)
    END AS order_hash
FROM collected
