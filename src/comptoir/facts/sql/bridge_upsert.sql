-- Take in nodes that act on carts, order or click for the first time.
-- grain: one row a node.
-- reads: fact.bridge_nodes, fact.profile_of, touched_nodes (node, whether it acted on a cart)
INSERT INTO fact.bridge_nodes
SELECT nodes.node_id, coalesce(profiles.profile_id, concat('#', nodes.node_id)), nodes.has_cart
FROM touched_nodes AS nodes
LEFT JOIN fact.profile_of AS profiles ON nodes.node_id = profiles.node_id
WHERE nodes.node_id NOT IN (SELECT node_id FROM fact.bridge_nodes)
