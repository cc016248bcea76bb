-- Mark nodes that act on a cart for the first time.
-- grain: none.
-- reads: fact.bridge_nodes, wanted_nodes (keys)
UPDATE fact.bridge_nodes SET has_cart = TRUE WHERE node_id IN (SELECT node_id FROM wanted_nodes)
