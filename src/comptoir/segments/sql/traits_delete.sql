-- Take out what stood of some people's traits.
-- grain: none.
-- reads: fact.traits, gone (node_id)
DELETE FROM fact.traits WHERE node_id IN (SELECT node_id FROM gone)
