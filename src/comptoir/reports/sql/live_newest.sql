-- The last tick that brought anything to show: whoever follows asks for the list only where this has moved.
-- grain: one row
-- reads: fact.tick_counts
SELECT coalesce(max(tick_id), 0) AS tick_id
FROM fact.tick_counts
WHERE stored + refused > 0
