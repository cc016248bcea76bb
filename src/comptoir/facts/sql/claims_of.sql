-- All claims of these orders and on these carts, whoever's.
-- grain: one row a claim.
-- reads: fact.cart_claims, wanted_orders (keys), wanted_carts (keys)
SELECT DISTINCT order_hash, cart_hash, rank
FROM fact.cart_claims
WHERE order_hash IN (SELECT order_hash FROM wanted_orders) OR cart_hash IN (SELECT cart_hash FROM wanted_carts)
