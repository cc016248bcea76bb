-- Join orders to their carts, and give them their touches.
-- grain: none.
-- reads: made (order, cart, touches)
UPDATE fact.orders SET
    cart_hash = made.cart_hash, first_touch_id = made.first_touch_id, last_touch_id = made.last_touch_id
FROM made
WHERE
    fact.orders.order_hash = made.order_hash AND (
        fact.orders.cart_hash IS DISTINCT FROM made.cart_hash
        OR fact.orders.first_touch_id IS DISTINCT FROM made.first_touch_id
        OR fact.orders.last_touch_id IS DISTINCT FROM made.last_touch_id
    )
