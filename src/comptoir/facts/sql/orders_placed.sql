-- Orders as carts see them.
-- grain: one row an order.
-- reads: fact.orders
-- param: orders UBIGINT[]
SELECT
    placed_at, order_hash, browser_nodes, cart_hashes, checkout_hashes, is_sale, cart_hash, first_touch_id, last_touch_id,
    own_node, own_at, brand
FROM fact.orders
WHERE order_hash IN (SELECT unnest($orders::UBIGINT[]))
