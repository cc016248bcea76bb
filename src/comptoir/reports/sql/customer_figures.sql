-- A person in a few figures: first and last seen, visits, orders and their worth by currency, loyalty points.
-- grain:  one row a currency; one row with NULL currency where nothing was ordered
-- reads:  sessions, orders, revenue, loyalty_movements
-- param:  nodes BIGINT[]  the person's nodes
-- param:  brands VARCHAR[]  only these brands; none: every one
WITH theirs AS (
    SELECT unnest(CAST($nodes AS BIGINT[])) AS node_id
),
visits AS (
    SELECT min(s.started_at) AS first_at, max(s.ended_at) AS last_at, count(*) AS session_count
    FROM sessions AS s
    WHERE s.node_id IN (SELECT node_id FROM theirs) AND (len($brands) = 0 OR list_contains($brands, s.brand))
),
worth AS (
    SELECT
        r.currency,
        count(DISTINCT r.order_key) FILTER (WHERE r.kind = 'sale')                AS order_count,
        CAST(sum(r.amount_minor) AS BIGINT)                                       AS amount_minor,
        CAST(coalesce(-sum(r.amount_minor) FILTER (WHERE r.kind = 'return'), 0) AS BIGINT) AS returned_minor,
        min(r.occurred_at) FILTER (WHERE r.kind = 'sale')                         AS first_order_at,
        max(r.occurred_at) FILTER (WHERE r.kind = 'sale')                         AS last_order_at
    FROM revenue AS r
    WHERE r.node_id IN (SELECT node_id FROM theirs) AND (len($brands) = 0 OR list_contains($brands, r.brand))
    GROUP BY r.currency
),
loyalty AS (
    SELECT CAST(sum(m.points) AS BIGINT) AS points
    FROM loyalty_movements AS m
    WHERE m.node_id IN (SELECT node_id FROM theirs) AND (len($brands) = 0 OR list_contains($brands, m.brand))
)
SELECT
    v.first_at, v.last_at, v.session_count, l.points, w.currency, coalesce(w.order_count, 0) AS order_count,
    w.amount_minor, w.returned_minor, w.first_order_at, w.last_order_at
FROM visits AS v
CROSS JOIN loyalty AS l
LEFT JOIN worth AS w ON TRUE
ORDER BY w.amount_minor DESC, w.currency
