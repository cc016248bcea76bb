-- Which carts were inferred for these browsers' actions, as derived before.
-- grain: one row an action.
-- reads: fact.inferred_acts
-- param: nodes BIGINT[]
SELECT message_hash, browser_node, cart_hash
FROM fact.inferred_acts
WHERE browser_node IN (SELECT unnest($nodes::BIGINT[]))
