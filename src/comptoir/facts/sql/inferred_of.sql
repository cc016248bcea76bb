-- Which carts were inferred for these browsers' actions, as derived before.
-- grain: one row an action.
-- reads: fact.inferred_acts, wanted_nodes (keys)
SELECT message_hash, browser_node, cart_hash
FROM fact.inferred_acts
WHERE browser_node IN (SELECT node_id FROM wanted_nodes)
