-- The profiles of some nodes.
-- grain: one row a node.
-- reads: fact.profile_of
-- param: nodes BIGINT[]
SELECT nodes.node_id, coalesce(profiles.profile_id, concat('#', nodes.node_id))
FROM (SELECT unnest($nodes::BIGINT[]) AS node_id) AS nodes
LEFT JOIN fact.profile_of AS profiles ON nodes.node_id = profiles.node_id
