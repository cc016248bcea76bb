-- The nodes of these profiles, of those profiles only in which a node ever acted on a cart.
-- grain: one row a node.
-- reads: fact.bridge_nodes, wanted_profiles (keys)
SELECT node_id, profile_id
FROM fact.bridge_nodes
WHERE profile_id IN (
    SELECT profile_id FROM fact.bridge_nodes
    WHERE has_cart AND profile_id IN (SELECT profile_id FROM wanted_profiles)
)
