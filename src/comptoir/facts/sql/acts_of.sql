-- All that was done to some carts and checkouts and by some browsers, what merged those carts, and who ordered them.
-- grain: one row an action or order row × product line.
-- reads: fact.commerce
-- param: carts UBIGINT[]
-- param: checkouts UBIGINT[]
-- param: nodes BIGINT[]
SELECT
    occurred_at, message_id, message_hash, line_number, name, node_id, browser_node, brand, source, cart_id, cart_hash,
    other_cart_hash, checkout_hash, product_id, variant_id, quantity, unit_price, currency, order_hash, is_visit
FROM fact.commerce
WHERE rowid IN (
    -- each column of keys is scanned alone, and a row is read whole only where one of them hits
    SELECT rowid FROM fact.commerce WHERE cart_hash IN (SELECT unnest($carts::UBIGINT[]))
    UNION ALL
    SELECT rowid FROM fact.commerce WHERE other_cart_hash IN (SELECT unnest($carts::UBIGINT[]))
    UNION ALL
    SELECT rowid FROM fact.commerce WHERE checkout_hash IN (SELECT unnest($checkouts::UBIGINT[]))
    UNION ALL
    SELECT rowid FROM fact.commerce WHERE browser_node IN (SELECT unnest($nodes::BIGINT[]))
)
