-- The profiles of nodes that come to the bridge for the first time.
-- grain: one row a node.
-- reads: fact.profile_of, wanted_nodes (keys)
SELECT nodes.node_id, coalesce(profiles.profile_id, concat('#', nodes.node_id))
FROM wanted_nodes AS nodes
LEFT JOIN fact.profile_of AS profiles ON nodes.node_id = profiles.node_id
