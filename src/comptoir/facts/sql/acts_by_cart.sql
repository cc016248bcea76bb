-- All that anybody did to these carts, and the orders that name them.
-- grain: one row an action or order row × product line.
-- reads: fact.commerce, wanted_carts (keys)
SELECT
    occurred_at, message_id, message_hash, line_number, name, node_id, browser_node, brand, source, cart_id, cart_hash,
    other_cart_hash, checkout_hash, product_id, variant_id, quantity, unit_price, currency, order_hash, is_visit
FROM fact.commerce
WHERE rowid IN (
    SELECT rowid FROM fact.commerce WHERE cart_hash IN (SELECT cart_hash FROM wanted_carts)
)
