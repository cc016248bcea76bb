-- Add what events come to by day: each event in the row of every category it names, and counted once in its first.
-- grain: one row a node × day × brand × event name × category × currency that the events touch.
-- reads: dated (events, each with its day), lines (their lines of baskets and orders)
-- param: tick_id BIGINT, 0 for what is derived from scratch
INSERT INTO fact.day_activity BY NAME
WITH priced AS (
    SELECT
        lines.message_hash, coalesce(lines.category, dated.category, '') AS category,
        coalesce(lines.currency, '') AS currency, sum(lines.quantity) AS quantity,
        sum(lines.amount_minor) AS amount_minor, min(lines.line_number) AS line_number
    FROM lines
    INNER JOIN dated ON lines.message_hash = dated.message_hash
    GROUP BY 1, 2, 3
),

mentioned AS (
    SELECT
        dated.node_id, dated.day, dated.brand, dated.name, dated.occurred_at,
        coalesce(priced.category, dated.category, '') AS category,
        coalesce(priced.currency, '')                 AS currency,
        (coalesce(priced.line_number, 0) = 0)::BIGINT AS is_first,
        coalesce(priced.quantity, 0)                  AS quantity,
        coalesce(priced.amount_minor, 0)              AS amount_minor
    FROM dated
    LEFT JOIN priced ON dated.message_hash = priced.message_hash
)

SELECT
    node_id, day, brand, name, category, currency, sum(is_first) AS events, count(*) AS mentions,
    sum(quantity) AS quantity, sum(amount_minor) AS amount_minor, min(occurred_at) AS first_at,
    max(occurred_at) AS last_at, $tick_id AS tick_id
FROM mentioned
GROUP BY node_id, day, brand, name, category, currency
