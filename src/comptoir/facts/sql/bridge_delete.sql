-- Take out nodes whose row is about to be written again. (No UPDATE: one would wait for a whole checkpoint to end.)
-- grain: none.
-- reads: fact.bridge_nodes
-- param: nodes BIGINT[]
DELETE FROM fact.bridge_nodes WHERE node_id IN (SELECT unnest($nodes::BIGINT[]))
