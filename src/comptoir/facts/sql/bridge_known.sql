-- What the bridge knows of these nodes.
-- grain: one row a node.
-- reads: fact.bridge_nodes
-- param: nodes BIGINT[]
SELECT node_id, profile_id, has_cart, is_told FROM fact.bridge_nodes WHERE node_id IN (SELECT unnest($nodes::BIGINT[]))
