-- What merged these carts into others.
-- grain: one row an action or order row × product line.
-- reads: fact.commerce
-- param: carts UBIGINT[]
SELECT
    occurred_at, message_id, message_hash, line_number, name, node_id, browser_node, brand, source, cart_id, cart_hash,
    other_cart_hash, checkout_hash, product_id, variant_id, quantity, unit_price, currency, order_hash, is_visit
FROM fact.commerce
WHERE rowid IN (
    SELECT rowid FROM fact.commerce WHERE other_cart_hash IN (SELECT unnest($carts::UBIGINT[]))
)
