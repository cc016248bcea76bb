-- The profiles these nodes belonged to when their carts were derived.
-- grain: one row a profile.
-- reads: fact.bridge_nodes, wanted_nodes (keys)
SELECT DISTINCT profile_id FROM fact.bridge_nodes WHERE node_id IN (SELECT node_id FROM wanted_nodes)
