-- The touches of these carts.
-- grain: one row a cart.
-- reads: fact.carts
-- param: carts UBIGINT[]
SELECT cart_hash, first_touch_id, last_touch_id
FROM fact.carts
WHERE cart_hash IN (SELECT unnest($carts::UBIGINT[]))
