-- The nodes of these profiles.
-- grain: one row a node.
-- reads: fact.bridge_nodes, wanted_profiles (keys)
SELECT node_id, profile_id, has_cart, is_told FROM fact.bridge_nodes WHERE profile_id IN (SELECT profile_id FROM wanted_profiles)
