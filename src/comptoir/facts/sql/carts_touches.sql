-- The touches of these carts.
-- grain: one row a cart.
-- reads: fact.carts, wanted_carts (keys)
SELECT cart_hash, first_touch_id, last_touch_id
FROM fact.carts
WHERE cart_hash IN (SELECT cart_hash FROM wanted_carts)
