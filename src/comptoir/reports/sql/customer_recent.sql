-- Who has been in touch lately: by a visit, an order, a cart left, a message; the latest first.
-- grain:  one row a person
-- reads:  sessions, orders, carts, messages, fact.profile_of
-- param:  since_at TIMESTAMP  from when on
-- param:  brands VARCHAR[]  only these brands; none: every one
-- param:  who VARCHAR  known (not only a browser), everyone, bought, left (a cart), written (to)
-- param:  most BIGINT  rows
WITH touched AS (
    SELECT profile_id, ended_at AS last_at, brand, 'everyone' AS how FROM sessions WHERE ended_at >= $since_at
    UNION ALL
    SELECT profile_id, ordered_at AS last_at, brand, 'bought' AS how FROM orders
    WHERE ordered_at >= $since_at AND status <> 'cancelled'
    UNION ALL
    SELECT profile_id, last_action_at AS last_at, brand, 'left' AS how FROM carts
    WHERE last_action_at >= $since_at AND state = 'abandoned'
    UNION ALL
    SELECT profile_id, decided_at AS last_at, brand, 'written' AS how FROM messages
    WHERE decided_at >= $since_at AND outcome = 'sent'
),
named AS (
    SELECT DISTINCT profile_id FROM fact.profile_of WHERE kind <> 'anonymous'
),
chosen AS (
    SELECT t.profile_id, max(t.last_at) AS last_at
    FROM touched AS t
    WHERE t.profile_id IS NOT NULL AND (len($brands) = 0 OR list_contains($brands, t.brand))
        AND ($who IN ('known', 'everyone') OR t.how = $who)
        AND ($who <> 'known' OR t.profile_id IN (SELECT profile_id FROM named))
    GROUP BY t.profile_id
    ORDER BY last_at DESC, t.profile_id
    LIMIT $most
),
bought AS (
    SELECT o.profile_id, o.currency, count(*) AS order_count, CAST(sum(o.amount_minor) AS BIGINT) AS amount_minor
    FROM orders AS o
    WHERE o.profile_id IN (SELECT profile_id FROM chosen) AND o.status <> 'cancelled'
        AND (len($brands) = 0 OR list_contains($brands, o.brand))
    GROUP BY o.profile_id, o.currency
)
SELECT c.profile_id, c.last_at, b.currency, coalesce(b.order_count, 0) AS order_count, b.amount_minor
FROM chosen AS c
LEFT JOIN bought AS b ON b.profile_id = c.profile_id
QUALIFY row_number() OVER (PARTITION BY c.profile_id ORDER BY b.order_count DESC NULLS LAST, b.currency) = 1
ORDER BY c.last_at DESC, c.profile_id
