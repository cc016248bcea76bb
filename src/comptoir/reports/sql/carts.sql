-- Carts with an action in a stretch of days: whose, what is in them, and which message went for each.
-- grain:  one row a cart
-- reads:  carts, cart_lines, products, fact.orders, fact.message_records, fact.delivery_records, fact.profile_of
-- param:  since_at TIMESTAMP  from when on
-- param:  until_at TIMESTAMP  until when
-- param:  brands VARCHAR[]  only these brands; none: every one
-- param:  states VARCHAR[]  only these states; none: all but those that went into another cart
-- param:  sort VARCHAR  last (action), worth, or opened
-- param:  start BIGINT  rows left out at the beginning
-- param:  most BIGINT  rows
-- Only carts are read through their view: who is meant is known from them, and the other views would ask again.
WITH wanted AS (
    SELECT CAST($brands AS VARCHAR[]) AS brands, CAST($states AS VARCHAR[]) AS states
),
chosen AS MATERIALIZED (
    SELECT c.*
    FROM carts AS c
    CROSS JOIN wanted AS w
    WHERE c.last_action_at >= $since_at AND c.last_action_at < $until_at
        AND (len(w.brands) = 0 OR list_contains(w.brands, c.brand))
        AND CASE WHEN len(w.states) = 0 THEN c.state <> 'merged' ELSE list_contains(w.states, c.state) END
    ORDER BY
        CASE WHEN $sort = 'worth' THEN c.amount_minor END DESC NULLS LAST,
        CASE WHEN $sort = 'opened' THEN c.opened_at END DESC NULLS LAST,
        c.last_action_at DESC, c.cart_key
    LIMIT $most OFFSET $start
),
lines AS (
    SELECT
        l.cart_key,
        list(
            {
                'product_id': l.product_id, 'name': coalesce(p.name, l.product_id),
                'quantity': CAST(l.quantity AS DOUBLE), 'amount_minor': l.amount_minor
            }
            ORDER BY l.amount_minor DESC NULLS LAST, l.product_id
        ) AS products
    FROM cart_lines AS l
    LEFT JOIN (
        SELECT brand, product_id, min(name) AS name FROM products GROUP BY brand, product_id
    ) AS p ON p.brand = l.brand AND p.product_id = l.product_id
    WHERE l.cart_key IN (SELECT cart_key FROM chosen)
    GROUP BY l.cart_key
),
heard AS (
    SELECT
        message_id,
        count(*) FILTER (WHERE kind = 'clicked' AND robot_reason IS NULL) > 0      AS is_clicked,
        count(*) FILTER (WHERE kind IN ('bounced', 'soft_bounced', 'complained')) > 0 AS is_back
    FROM fact.delivery_records
    GROUP BY message_id
),
told AS (
    SELECT
        c.cart_key, m.message_id, m.scenario, m.channel, m.outcome, m.reason, m.occurred_at AS decided_at,
        coalesce(h.is_clicked, FALSE) AS is_clicked, coalesce(h.is_back, FALSE) AS is_back
    FROM chosen AS c
    INNER JOIN fact.message_records AS m ON m.brand = c.brand AND m.cart_id = c.cart_id
    LEFT JOIN heard AS h ON h.message_id = m.message_id
    QUALIFY row_number() OVER (
        PARTITION BY c.cart_key ORDER BY m.outcome = 'sent' DESC, m.occurred_at DESC, m.message_id
    ) = 1
),
bought AS (
    SELECT c.order_key, min(o.order_id) AS order_id, min(o.ordered_at) AS ordered_at
    FROM chosen AS c
    INNER JOIN fact.orders AS o ON o.order_hash = TRY_CAST('0x' || c.order_key AS UBIGINT)
    GROUP BY c.order_key
)
SELECT
    c.cart_key, c.brand, c.cart_id, c.node_id, c.profile_id, c.source, c.opened_at, c.last_action_at, c.state,
    c.item_count, c.amount_minor, c.currency, l.products, t.message_id, t.scenario, t.channel, t.outcome, t.reason,
    t.decided_at, t.is_clicked, t.is_back, o.order_id, o.ordered_at, p.kind AS identifier_kind, p.value AS identifier
FROM chosen AS c
LEFT JOIN lines AS l ON l.cart_key = c.cart_key
LEFT JOIN told AS t ON t.cart_key = c.cart_key
LEFT JOIN bought AS o ON o.order_key = c.order_key
LEFT JOIN fact.profile_of AS p ON p.node_id = c.node_id
ORDER BY
    CASE WHEN $sort = 'worth' THEN c.amount_minor END DESC NULLS LAST,
    CASE WHEN $sort = 'opened' THEN c.opened_at END DESC NULLS LAST,
    c.last_action_at DESC, c.cart_key
