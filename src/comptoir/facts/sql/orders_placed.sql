-- Orders as carts see them.
-- grain: one row an order.
-- reads: fact.orders, wanted_orders (keys)
SELECT
    placed_at, order_hash, browser_nodes, cart_hashes, checkout_hashes, is_sale, cart_hash, first_touch_id, last_touch_id,
    own_node, own_at, brand
FROM fact.orders
WHERE order_hash IN (SELECT order_hash FROM wanted_orders)
