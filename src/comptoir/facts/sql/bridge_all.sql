-- Every node that ever acted on a cart, ordered or clicked, with the profile it belongs to now.
-- grain: one row a node.
-- reads: fact.commerce, fact.delivery_records, fact.profile_of
INSERT INTO fact.bridge_nodes
WITH nodes AS (
    SELECT
        browser_node AS node_id, bool_or(order_hash IS NULL) AS has_cart,
        bool_or(order_hash IS NOT NULL OR cart_hash IS NULL OR checkout_hash IS NOT NULL) AS is_told
    FROM fact.commerce
    GROUP BY browser_node
    UNION ALL
    SELECT node_id, FALSE, TRUE FROM fact.delivery_records WHERE kind = 'clicked' AND robot_reason IS NULL
)

SELECT nodes.node_id, coalesce(min(profiles.profile_id), concat('#', nodes.node_id)), bool_or(nodes.has_cart),
    bool_or(nodes.is_told)
FROM nodes
LEFT JOIN fact.profile_of AS profiles ON nodes.node_id = profiles.node_id
WHERE nodes.node_id <> 0
GROUP BY nodes.node_id
