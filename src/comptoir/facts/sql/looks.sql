-- How many pages browsers turned in the last minutes, by the minute in which it occurred: see collect.pace.
-- grain: one row a browser × minute.
-- reads: fact.events
-- param: minutes BIGINT, how many minutes before the last event
SELECT
    browser_node,
    epoch_us(occurred_at) // 60000000 AS minute,
    count(*)                          AS looks
FROM fact.events
WHERE
    received_at >= (SELECT max(received_at) FROM fact.events) - to_minutes($minutes)
    AND (type IN ('page', 'screen') OR name IN ('Product Viewed', 'Product List Viewed'))
    AND trust = 'claimed' AND NOT historical AND browser_node <> 0
GROUP BY browser_node, minute
