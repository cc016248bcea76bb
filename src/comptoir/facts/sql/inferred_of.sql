-- The carts inferred for these browsers, as derived before.
-- grain: one row a cart.
-- reads: fact.inferred_acts, wanted_nodes (keys)
SELECT DISTINCT cart_hash FROM fact.inferred_acts WHERE browser_node IN (SELECT node_id FROM wanted_nodes)
