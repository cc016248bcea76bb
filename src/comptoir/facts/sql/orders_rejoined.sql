-- Stored orders as they are once they are joined to another cart, or given other touches.
-- grain: one row an order.
-- reads: fact.orders, made (order, cart, touches)
CREATE OR REPLACE TEMP TABLE orders_rejoined AS
SELECT
    orders.* REPLACE (
        made.cart_hash AS cart_hash, made.first_touch_id AS first_touch_id, made.last_touch_id AS last_touch_id
    )
FROM fact.orders AS orders
INNER JOIN made ON orders.order_hash = made.order_hash
