-- A cart as it stands.
-- grain: one row a cart.
-- reads: carts
-- param: cart_key VARCHAR
SELECT * FROM main.carts WHERE cart_key = $cart_key
