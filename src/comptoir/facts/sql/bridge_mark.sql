-- Mark nodes that act on a cart for the first time.
-- grain: none.
-- reads: fact.bridge_nodes, touched_nodes (node, whether it acted on a cart)
UPDATE fact.bridge_nodes SET has_cart = TRUE
WHERE NOT has_cart AND node_id IN (SELECT node_id FROM touched_nodes WHERE has_cart)
