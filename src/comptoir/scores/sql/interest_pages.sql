-- List what one person looked at, put in a cart or ordered in a category, the latest first.
-- grain: one row an event, or line of one
-- reads: fact.events, fact.commerce, score_people, score_categories, weights (rows)
-- param: brand VARCHAR
-- param: category VARCHAR
-- param: from_at TIMESTAMP
-- param: most BIGINT
WITH wanted AS (SELECT said FROM score_categories WHERE category = $category)

SELECT events.occurred_at, events.name, events.category, events.product_id, events.title, events.url, events.path
FROM fact.events AS events
SEMI JOIN score_people AS people ON events.node_id = people.node_id
WHERE
    events.brand = $brand AND events.occurred_at >= $from_at AND events.robot_reason IS NULL
    AND events.name IN (SELECT name FROM weights) AND events.category IN (SELECT said FROM wanted)
UNION ALL
SELECT lines.occurred_at, lines.name, lines.category, lines.product_id, lines.product_name, NULL, NULL
FROM fact.commerce AS lines
SEMI JOIN score_people AS people ON lines.node_id = people.node_id
WHERE
    lines.brand = $brand AND lines.occurred_at >= $from_at AND trim(lines.category) IN (SELECT said FROM wanted)
    AND NOT EXISTS (
        SELECT 1 FROM fact.events AS told WHERE told.message_hash = lines.message_hash AND told.category IS NOT NULL
    )
ORDER BY occurred_at DESC, name, product_id
LIMIT $most
