-- The lines of baskets and orders of a brand and a stretch of ticks; imported order lines are no events.
-- grain: one row an event × product line.
-- reads: fact.commerce
-- param: brand VARCHAR
-- param: first BIGINT, the first tick
-- param: last BIGINT, the last tick
SELECT message_hash, line_number, category, currency, quantity, amount_minor
FROM fact.commerce
WHERE tick_id BETWEEN $first AND $last AND brand = $brand AND name <> 'Order Line'
