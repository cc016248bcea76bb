-- Whom an order, a cart or a message is about.
-- grain:  one row a node found
-- reads:  orders, carts, messages
-- param:  reference VARCHAR  an order's, a cart's or a message's id
SELECT 'order' AS kind, node_id FROM orders WHERE order_id = $reference OR order_key = $reference
UNION
SELECT 'cart' AS kind, node_id FROM carts WHERE cart_id = $reference OR cart_key = $reference
UNION
SELECT 'message' AS kind, node_id FROM messages WHERE message_id = $reference
ORDER BY kind, node_id
LIMIT 20
