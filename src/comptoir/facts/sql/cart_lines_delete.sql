-- Take out what is about to be written again.
-- grain: none.
-- reads: fact.cart_lines
-- param: carts UBIGINT[]
DELETE FROM fact.cart_lines WHERE cart_hash IN (SELECT unnest($carts::UBIGINT[]))
