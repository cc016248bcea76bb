-- The events of a brand and a stretch of ticks that days count: robots and nobody left out.
-- grain: one row an event.
-- reads: fact.events
-- param: brand VARCHAR
-- param: first BIGINT, the first tick
-- param: last BIGINT, the last tick
SELECT message_hash, node_id, brand, name, category, occurred_at
FROM fact.events
WHERE tick_id BETWEEN $first AND $last AND brand = $brand AND robot_reason IS NULL AND node_id <> 0
