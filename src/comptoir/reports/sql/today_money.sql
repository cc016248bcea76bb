-- Orders and revenue by currency, and the part whose cart was last touched through one of our messages.
-- grain:  one row a period (today, week) and currency
-- reads:  revenue, orders, touchpoints
-- param:  today_at TIMESTAMP  start of today
-- param:  week_at TIMESTAMP  start of the longer period
-- param:  now TIMESTAMP  nothing after it is counted
WITH periods AS (
    SELECT 'today' AS period, $today_at AS from_at
    UNION ALL
    SELECT 'week' AS period, $week_at AS from_at
),
brought AS (
    SELECT DISTINCT o.order_key
    FROM orders AS o
    INNER JOIN touchpoints AS t ON t.touchpoint_id = o.last_touch_id AND t.kind = 'click'
    WHERE o.ordered_at >= $week_at
),
booked AS (
    SELECT r.currency, r.order_key, r.kind, r.amount_minor, r.occurred_at, b.order_key IS NOT NULL AS is_brought
    FROM revenue AS r
    LEFT JOIN brought AS b ON b.order_key = r.order_key
    WHERE r.occurred_at >= $week_at AND r.occurred_at <= $now
)
SELECT
    p.period,
    b.currency,
    count(DISTINCT b.order_key) FILTER (WHERE b.kind = 'sale')                  AS order_count,
    CAST(sum(b.amount_minor) AS BIGINT)                                         AS amount_minor,
    count(DISTINCT b.order_key) FILTER (WHERE b.kind = 'sale' AND b.is_brought) AS brought_count,
    CAST(coalesce(sum(b.amount_minor) FILTER (WHERE b.is_brought), 0) AS BIGINT) AS brought_minor
FROM periods AS p
INNER JOIN booked AS b ON b.occurred_at >= p.from_at
GROUP BY p.period, b.currency
ORDER BY p.period, amount_minor DESC, b.currency
