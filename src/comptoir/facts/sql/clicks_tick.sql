-- Who clicked in a message in this tick.
-- grain: one row a node.
-- reads: fact.delivery_records
-- param: tick_id BIGINT
SELECT DISTINCT node_id
FROM fact.delivery_records
WHERE tick_id = $tick_id AND kind = 'clicked' AND robot_reason IS NULL AND node_id <> 0
