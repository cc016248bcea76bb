-- The nodes of these profiles.
-- grain: one row a node.
-- reads: fact.bridge_nodes
-- param: profiles VARCHAR[]
SELECT node_id, profile_id, has_cart, is_told
FROM fact.bridge_nodes
WHERE profile_id IN (SELECT unnest($profiles::VARCHAR[]))
