-- The profiles of these nodes that were copied before.
-- grain: one row a node.
-- reads: fact.profile_of
-- param: nodes BIGINT[]
SELECT node_id, profile_id FROM fact.profile_of WHERE node_id IN (SELECT unnest($nodes::BIGINT[]))
