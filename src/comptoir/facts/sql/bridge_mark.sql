-- Mark nodes that act on a cart, order or leave something to find out for the first time.
-- grain: none.
-- reads: fact.bridge_nodes, marks (rows)
UPDATE fact.bridge_nodes SET has_cart = marks.has_cart, is_told = marks.is_told
FROM marks
WHERE fact.bridge_nodes.node_id = marks.node_id
