-- A person in a few figures: first and last seen, sessions, orders and their worth by currency.
-- grain:  one row a currency; one row with NULL currency where nothing was ordered
-- reads:  sessions, orders, revenue
-- param:  nodes BIGINT[]  the person's nodes
WITH theirs AS (
    SELECT unnest($nodes) AS node_id
),
visits AS (
    SELECT min(started_at) AS first_at, max(ended_at) AS last_at, count(*) AS session_count
    FROM sessions
    WHERE node_id IN (SELECT node_id FROM theirs)
),
worth AS (
    SELECT
        currency,
        count(DISTINCT order_key) FILTER (WHERE kind = 'sale') AS order_count,
        CAST(sum(amount_minor) AS BIGINT)                      AS amount_minor
    FROM revenue
    WHERE node_id IN (SELECT node_id FROM theirs)
    GROUP BY currency
)
SELECT v.first_at, v.last_at, v.session_count, w.currency, coalesce(w.order_count, 0) AS order_count, w.amount_minor
FROM visits AS v
LEFT JOIN worth AS w ON TRUE
ORDER BY w.amount_minor DESC, w.currency
