-- What the shop did in a stretch of days and in the one before, whole and in even parts for the spark-lines: visitors,
-- carts (marked: left alone), messages, clicks, and revenue (marked: last touched by a click in a message).
-- grain:  one row a stretch (now, before; part NULL) or a part of the present one, kind and currency (of revenue)
-- reads:  sessions, carts, messages, deliveries, revenue, orders
-- param:  since_at TIMESTAMP  start of the stretch
-- param:  until_at TIMESTAMP  its end
-- param:  before_at TIMESTAMP  start of the stretch before
-- param:  before_until_at TIMESTAMP  its end
-- param:  seconds BIGINT  length of a part
-- param:  brands VARCHAR[]  only these brands; none: every one
WITH clicked AS (
    -- the id of a touch that is a click begins with k, that of a visit with v
    SELECT order_key FROM orders WHERE starts_with(last_touch_id, 'k') AND ordered_at >= $before_at
),
told AS (
    SELECT 'visitor' AS kind, '' AS currency, profile_id AS what, FALSE AS is_marked, 0 AS amount_minor,
        started_at AS happened_at, brand
    FROM sessions
    UNION ALL
    SELECT 'cart', '', cart_key, state IN ('abandoned', 'expired'), 0, opened_at, brand
    FROM carts
    UNION ALL
    SELECT 'sent', '', message_id, FALSE, 0, decided_at, brand
    FROM messages
    WHERE outcome = 'sent'
    UNION ALL
    SELECT 'click', '', d.message_id, FALSE, 0, d.occurred_at, m.brand
    FROM deliveries AS d
    INNER JOIN messages AS m ON m.message_id = d.message_id
    WHERE d.kind = 'clicked' AND d.robot_reason IS NULL
    UNION ALL
    SELECT 'revenue', currency, CASE WHEN kind = 'sale' THEN order_key END,
        order_key IN (SELECT order_key FROM clicked), amount_minor, occurred_at, brand
    FROM revenue
),
happened AS MATERIALIZED (
    SELECT kind, currency, what, is_marked, amount_minor, happened_at
    FROM told
    WHERE happened_at >= $before_at AND happened_at < $until_at
        AND (len(CAST($brands AS VARCHAR[])) = 0 OR list_contains(CAST($brands AS VARCHAR[]), brand))
),
placed AS (
    SELECT h.*, s.stretch, NULL AS part
    FROM happened AS h
    INNER JOIN (
        SELECT 'now' AS stretch, CAST($since_at AS TIMESTAMP) AS from_at, CAST($until_at AS TIMESTAMP) AS to_at
        UNION ALL
        SELECT 'before', CAST($before_at AS TIMESTAMP), CAST($before_until_at AS TIMESTAMP)
    ) AS s ON h.happened_at >= s.from_at AND h.happened_at < s.to_at
    UNION ALL
    SELECT
        *, 'now' AS stretch,
        CAST(floor(date_diff('second', CAST($since_at AS TIMESTAMP), happened_at) / $seconds) AS BIGINT) AS part
    FROM happened
    WHERE happened_at >= $since_at
)
SELECT
    stretch, part, kind, currency,
    count(DISTINCT what)                                                       AS times,
    count(DISTINCT what) FILTER (WHERE is_marked)                              AS marked_times,
    CAST(sum(amount_minor) AS BIGINT)                                          AS amount_minor,
    CAST(coalesce(sum(amount_minor) FILTER (WHERE is_marked), 0) AS BIGINT)    AS marked_minor
FROM placed
GROUP BY stretch, part, kind, currency
ORDER BY stretch, part NULLS FIRST, kind, amount_minor DESC, currency
