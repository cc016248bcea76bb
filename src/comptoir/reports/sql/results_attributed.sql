-- Orders that messages brought: those whose cart was touched last (or first) by a click in one, and those of people who
-- clicked in one within the window before ordering.
-- grain:  one row a scenario × version × way (first_touch, last_touch, clicked) × currency
-- reads:  orders, revenue, touchpoints, messages, deliveries
-- param:  brand VARCHAR          one brand, or NULL for all
-- param:  from_at TIMESTAMP      orders from this instant on
-- param:  until_at TIMESTAMP     orders before this instant
-- param:  window_days INTEGER    days after a click within which an order counts as its
WITH sold AS (
    SELECT
        orders.order_key,
        orders.profile_id,
        orders.ordered_at,
        orders.first_touch_id,
        orders.last_touch_id,
        ledger.currency,
        sum(ledger.amount_minor) AS revenue_minor
    FROM orders
    INNER JOIN revenue AS ledger ON orders.order_key = ledger.order_key
    WHERE
        orders.ordered_at >= $from_at
        AND orders.ordered_at < $until_at
        AND ($brand IS NULL OR orders.brand = $brand)
    GROUP BY
        orders.order_key, orders.profile_id, orders.ordered_at, orders.first_touch_id, orders.last_touch_id,
        ledger.currency
),

brought AS (
    SELECT DISTINCT
        'last_touch' AS way,
        messages.scenario,
        messages.scenario_version,
        sold.order_key,
        sold.currency,
        sold.revenue_minor
    FROM sold
    INNER JOIN touchpoints ON sold.last_touch_id = touchpoints.touchpoint_id
    INNER JOIN messages ON touchpoints.message_id = messages.message_id OR touchpoints.utm_content = messages.message_id
    UNION ALL
    SELECT DISTINCT
        'first_touch' AS way,
        messages.scenario,
        messages.scenario_version,
        sold.order_key,
        sold.currency,
        sold.revenue_minor
    FROM sold
    INNER JOIN touchpoints ON sold.first_touch_id = touchpoints.touchpoint_id
    INNER JOIN messages ON touchpoints.message_id = messages.message_id OR touchpoints.utm_content = messages.message_id
    UNION ALL
    SELECT DISTINCT
        'clicked' AS way,
        messages.scenario,
        messages.scenario_version,
        sold.order_key,
        sold.currency,
        sold.revenue_minor
    FROM sold
    INNER JOIN messages ON sold.profile_id = messages.profile_id
    INNER JOIN deliveries
        ON
            messages.message_id = deliveries.message_id
            AND deliveries.kind = 'clicked'
            AND deliveries.robot_reason IS NULL
            AND sold.ordered_at >= deliveries.occurred_at
            AND sold.ordered_at < deliveries.occurred_at + to_days($window_days)
)

SELECT
    way,
    scenario,
    scenario_version           AS version,
    currency,
    count(DISTINCT order_key)  AS orders,
    sum(revenue_minor)::BIGINT AS revenue_minor
FROM brought
WHERE scenario IS NOT NULL
GROUP BY way, scenario, scenario_version, currency
ORDER BY scenario, version, way, currency
