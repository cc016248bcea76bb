-- Take out nodes that have moved. (No UPDATE: one would wait for a whole checkpoint to end.)
-- grain: none.
-- reads: fact.profile_of
-- param: nodes BIGINT[]
DELETE FROM fact.profile_of WHERE node_id IN (SELECT unnest($nodes::BIGINT[]))
