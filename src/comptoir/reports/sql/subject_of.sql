-- Whom an order, a cart or a message is about.
-- grain:  one row a node found
-- reads:  fact.orders, fact.carts, fact.message_records
-- param:  reference VARCHAR  an order's, a cart's or a message's id, or the key of an order or cart
-- The key is read, not each row's written: sixty thousand orders are looked through whenever somebody types.
SELECT 'order' AS kind, node_id FROM fact.orders
WHERE order_id = $reference OR order_hash = TRY_CAST('0x' || $reference AS UBIGINT)
UNION
SELECT 'cart' AS kind, node_id FROM fact.carts
WHERE cart_id = $reference OR cart_hash = TRY_CAST('0x' || $reference AS UBIGINT)
UNION
SELECT 'message' AS kind, node_id FROM fact.message_records WHERE message_id = $reference
ORDER BY kind, node_id
LIMIT 20
