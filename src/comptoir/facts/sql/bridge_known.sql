-- What the bridge knows of these nodes.
-- grain: one row a node.
-- reads: fact.bridge_nodes, wanted_nodes (keys)
SELECT node_id, profile_id, has_cart, is_told FROM fact.bridge_nodes WHERE node_id IN (SELECT node_id FROM wanted_nodes)
