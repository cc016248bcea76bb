-- Take out what is about to be written again.
-- grain: none.
-- reads: fact.carts
-- param: carts UBIGINT[]
DELETE FROM fact.carts WHERE cart_hash IN (SELECT unnest($carts::UBIGINT[]))
