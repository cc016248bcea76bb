-- Carts with an action in the period, by what became of them.
-- grain:  one row a period (today, week), state and currency
-- reads:  carts
-- param:  today_at TIMESTAMP  start of today
-- param:  week_at TIMESTAMP  start of the longer period
-- param:  now TIMESTAMP  nothing after it is counted
WITH periods AS (
    SELECT 'today' AS period, $today_at AS from_at
    UNION ALL
    SELECT 'week' AS period, $week_at AS from_at
)
SELECT p.period, c.state, c.currency, count(*) AS cart_count, CAST(sum(c.amount_minor) AS BIGINT) AS amount_minor
FROM periods AS p
INNER JOIN carts AS c ON c.last_action_at >= p.from_at AND c.last_action_at <= $now
GROUP BY p.period, c.state, c.currency
ORDER BY p.period, c.state, c.currency
