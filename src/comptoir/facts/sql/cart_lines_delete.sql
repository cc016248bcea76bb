-- Take out what is about to be written again.
-- grain: none.
-- reads: wanted_carts (keys)
DELETE FROM fact.cart_lines WHERE cart_hash IN (SELECT cart_hash FROM wanted_carts)
