-- Take out the inferred carts of these browsers' actions, about to be written again.
-- grain: none.
-- reads: wanted_nodes (keys)
DELETE FROM fact.inferred_acts WHERE browser_node IN (SELECT node_id FROM wanted_nodes)
