-- All claims of these orders and on these carts, whoever's.
-- grain: one row a claim, and two where both its order and its cart are asked for.
-- reads: fact.cart_claims
-- param: carts UBIGINT[]
-- param: orders UBIGINT[]
SELECT order_hash, cart_hash, rank FROM fact.cart_claims WHERE order_hash IN (SELECT unnest($orders::UBIGINT[]))
UNION ALL
SELECT order_hash, cart_hash, rank FROM fact.cart_claims WHERE cart_hash IN (SELECT unnest($carts::UBIGINT[]))
