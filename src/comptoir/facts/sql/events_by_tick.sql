-- How many events each tick brought.
-- grain: one row a tick.
-- reads: fact.events
SELECT tick_id, count(*) FROM fact.events GROUP BY tick_id ORDER BY tick_id
