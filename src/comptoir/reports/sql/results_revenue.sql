-- Revenue by the first and by the last touch of each order's cart, and beside it what is only claimed and not believed.
-- grain:  one row a position (first, last) × channel × detail × campaign × currency
-- reads:  orders, revenue, fact.ledger_in_brand, touchpoints
-- param:  brands VARCHAR[]       these brands, or none for all
-- param:  from_at TIMESTAMP      orders from this instant on
-- param:  until_at TIMESTAMP     orders before this instant
WITH booked AS (
    SELECT
        ledger.order_key,
        ledger.currency,
        coalesce(min(accepted.amount_minor), 0)                            AS revenue_minor,
        sum(ledger.amount_minor) - coalesce(min(accepted.amount_minor), 0) AS claimed_minor
    FROM fact.ledger_in_brand AS ledger
    LEFT JOIN (
        SELECT order_key, currency, sum(amount_minor) AS amount_minor FROM revenue GROUP BY order_key, currency
    ) AS accepted ON ledger.order_key = accepted.order_key AND ledger.currency = accepted.currency
    GROUP BY ledger.order_key, ledger.currency
),

touched AS (
    SELECT
        'first'        AS touch,
        order_key,
        first_touch_id AS touch_id
    FROM orders
    WHERE ordered_at >= $from_at AND ordered_at < $until_at AND (len($brands::VARCHAR[]) = 0 OR list_contains($brands, brand))
    UNION ALL
    SELECT
        'last'        AS touch,
        order_key,
        last_touch_id AS touch_id
    FROM orders
    WHERE ordered_at >= $from_at AND ordered_at < $until_at AND (len($brands::VARCHAR[]) = 0 OR list_contains($brands, brand))
)

SELECT
    touched.touch,
    coalesce(touchpoints.channel, 'unknown')            AS channel,
    touchpoints.channel_detail                          AS detail,
    touchpoints.utm_campaign                            AS campaign,
    booked.currency,
    count(DISTINCT touched.order_key)                   AS orders,
    coalesce(sum(booked.revenue_minor), 0)::BIGINT      AS revenue_minor,
    coalesce(sum(booked.claimed_minor), 0)::BIGINT      AS claimed_minor
FROM touched
INNER JOIN booked ON touched.order_key = booked.order_key
LEFT JOIN touchpoints ON touched.touch_id = touchpoints.touchpoint_id
GROUP BY touched.touch, touchpoints.channel, touchpoints.channel_detail, touchpoints.utm_campaign, booked.currency
ORDER BY touched.touch, revenue_minor DESC, channel, detail, campaign, booked.currency
