-- What scenarios did and brought, as measures that add up over any cells: counts of messages, orders and revenue that
-- clicks and touches brought, and the people of each arm by intention to treat with sums and squares of what they spent.
-- An order belongs to the latest click of each scenario before it; a person to the day it was first drawn on. People found
-- in both arms are contaminated: they are counted, and their money is not. Scenario `*` is all marketing together, beside
-- the universal control group.
-- grain:  one row a scenario × version × step × brand × day (the brand's) × measure × currency ('' where it is no money)
-- reads:  messages, deliveries, orders, revenue, touchpoints
-- param:  brands VARCHAR[]       brands whose zone is known
-- param:  zones VARCHAR[]        the zone of each of them
-- param:  from_day DATE          days from this one on
-- param:  window_days INTEGER    days after a click, or after a draw, within which an order counts
-- source: Gerber and Green, Field Experiments (2012), chapter 5: intention to treat
WITH zones AS (
    SELECT
        unnest($brands::VARCHAR[]) AS brand,
        unnest($zones::VARCHAR[])  AS zone
),

decided AS (
    SELECT
        messages.message_id,
        messages.scenario,
        messages.scenario_version                                                            AS version,
        coalesce(messages.step, '')                                                          AS step,
        messages.brand,
        messages.outcome,
        coalesce(messages.reason, '')                                                        AS reason,
        messages.wished_at,
        coalesce(messages.profile_id, 'node ' || messages.node_id)                           AS person,
        timezone(coalesce(zones.zone, 'UTC'), timezone('UTC', messages.wished_at))::DATE     AS day,
        coalesce(messages.reason, '') NOT IN (
            'no_contact', 'no_consent', 'suppressed', 'nothing_to_show', 'theme_refused', 'no_longer_a_prospect'
        )                                                                                    AS is_eligible
    FROM messages
    LEFT JOIN zones ON messages.brand = zones.brand
    WHERE messages.scenario IS NOT NULL
),

said AS (
    SELECT
        message_id,
        bool_or(kind = 'accepted')                           AS is_accepted,
        bool_or(kind = 'unknown')                            AS is_unknown,
        bool_or(kind = 'bounced')                            AS is_bounced,
        bool_or(kind = 'complained')                         AS is_complained,
        bool_or(kind = 'unsubscribed')                       AS is_unsubscribed,
        bool_or(kind = 'clicked' AND robot_reason IS NULL)   AS is_clicked,
        bool_or(kind = 'clicked' AND robot_reason IS NOT NULL) AS is_robot_clicked
    FROM deliveries
    GROUP BY message_id
),

counted AS (
    SELECT
        decided.*,
        coalesce(said.is_accepted AND NOT said.is_bounced, false) AS is_delivered,
        coalesce(said.is_unknown, false)                          AS is_unknown,
        coalesce(said.is_bounced, false)                          AS is_bounced,
        coalesce(said.is_complained, false)                       AS is_complained,
        coalesce(said.is_unsubscribed, false)                     AS is_unsubscribed,
        coalesce(said.is_clicked, false)                          AS is_clicked,
        coalesce(said.is_robot_clicked, false)                    AS is_robot_clicked
    FROM decided
    LEFT JOIN said ON decided.message_id = said.message_id
),

message_measures AS (
    SELECT
        scenario, version, step, brand, day,
        unnest([
            'candidates', 'eligible', 'unknown', 'delivered', 'bounced', 'complained', 'unsubscribed', 'clicked',
            'robot_clicked'
        ]) AS measure,
        unnest([
            count(*), count_if(is_eligible), count_if(is_unknown), count_if(is_delivered), count_if(is_bounced),
            count_if(is_complained), count_if(is_unsubscribed), count_if(is_clicked), count_if(is_robot_clicked)
        ]) AS value
    FROM counted
    GROUP BY scenario, version, step, brand, day
),

outcome_measures AS (
    SELECT
        scenario, version, step, brand, day,
        outcome || CASE WHEN reason = '' THEN '' ELSE ':' || reason END AS measure,
        count(*)                                                        AS value
    FROM counted
    GROUP BY scenario, version, step, brand, day, outcome, reason
),

sold AS (
    SELECT
        orders.order_key,
        orders.brand,
        orders.profile_id,
        orders.ordered_at,
        orders.first_touch_id,
        orders.last_touch_id,
        ledger.currency,
        sum(ledger.amount_minor)::HUGEINT AS revenue_minor
    FROM orders
    INNER JOIN revenue AS ledger ON orders.order_key = ledger.order_key
    GROUP BY
        orders.order_key, orders.brand, orders.profile_id, orders.ordered_at, orders.first_touch_id, orders.last_touch_id,
        ledger.currency
),

clicks AS (
    SELECT
        sold.order_key,
        sold.currency,
        sold.revenue_minor,
        decided.scenario,
        decided.message_id,
        row_number() OVER (
            PARTITION BY sold.order_key, sold.currency, decided.scenario
            ORDER BY deliveries.occurred_at DESC, decided.message_id
        ) AS place
    FROM sold
    INNER JOIN decided ON sold.profile_id = decided.person
    INNER JOIN deliveries
        ON
            decided.message_id = deliveries.message_id
            AND deliveries.kind = 'clicked'
            AND deliveries.robot_reason IS NULL
            AND sold.ordered_at >= deliveries.occurred_at
            AND sold.ordered_at < deliveries.occurred_at + to_days($window_days)
),

brought AS (
    SELECT DISTINCT
        'last_touch' AS way,
        decided.message_id,
        sold.order_key,
        sold.currency,
        sold.revenue_minor
    FROM sold
    INNER JOIN touchpoints ON sold.last_touch_id = touchpoints.touchpoint_id
    INNER JOIN decided ON coalesce(touchpoints.message_id, touchpoints.utm_content) = decided.message_id
    UNION ALL
    SELECT DISTINCT
        'first_touch' AS way,
        decided.message_id,
        sold.order_key,
        sold.currency,
        sold.revenue_minor
    FROM sold
    INNER JOIN touchpoints ON sold.first_touch_id = touchpoints.touchpoint_id
    INNER JOIN decided ON coalesce(touchpoints.message_id, touchpoints.utm_content) = decided.message_id
    UNION ALL
    SELECT
        'clicked' AS way,
        message_id,
        order_key,
        currency,
        revenue_minor
    FROM clicks
    WHERE place = 1
),

brought_sums AS (
    SELECT
        decided.scenario,
        decided.version,
        decided.step,
        decided.brand,
        decided.day,
        brought.way,
        brought.currency,
        count(DISTINCT brought.order_key) AS orders,
        sum(brought.revenue_minor)        AS revenue_minor
    FROM brought
    INNER JOIN decided ON brought.message_id = decided.message_id
    GROUP BY
        decided.scenario, decided.version, decided.step, decided.brand, decided.day, brought.way, brought.currency
),

draws AS (
    SELECT
        scenario, version, brand, day, person, wished_at, message_id,
        CASE WHEN outcome = 'held_out' THEN 'control' ELSE 'treated' END AS arm
    FROM decided
    WHERE is_eligible AND reason <> 'universal_control'
    UNION ALL
    SELECT
        '*' AS scenario, 0 AS version, brand, day, person, wished_at, message_id,
        CASE WHEN reason = 'universal_control' THEN 'control' ELSE 'treated' END AS arm
    FROM decided
    WHERE is_eligible
),

drawn AS (
    SELECT
        scenario,
        brand,
        person,
        min(wished_at)                                                         AS wished_at,
        arg_min(version, (wished_at, message_id))                              AS version,
        arg_min(day, (wished_at, message_id))                                  AS day,
        CASE WHEN count(DISTINCT arm) > 1 THEN 'contaminated' ELSE min(arm) END AS arm
    FROM draws
    GROUP BY scenario, brand, person
),

spent AS (
    SELECT
        drawn.scenario,
        drawn.version,
        drawn.brand,
        drawn.day,
        drawn.arm,
        drawn.person,
        sold.currency,
        count(DISTINCT sold.order_key) AS orders,
        sum(sold.revenue_minor)        AS revenue_minor
    FROM drawn
    INNER JOIN sold
        ON
            drawn.person = sold.profile_id
            AND drawn.brand = sold.brand
            AND sold.ordered_at >= drawn.wished_at
            AND sold.ordered_at < drawn.wished_at + to_days($window_days)
    WHERE drawn.arm <> 'contaminated'
    GROUP BY drawn.scenario, drawn.version, drawn.brand, drawn.day, drawn.arm, drawn.person, sold.currency
),

arm_sums AS (
    SELECT
        scenario, version, brand, day, arm, currency,
        sum(orders)                         AS orders,
        count(*)                            AS buyers,
        sum(revenue_minor)                  AS revenue_minor,
        sum(revenue_minor * revenue_minor)  AS revenue_squared
    FROM spent
    GROUP BY scenario, version, brand, day, arm, currency
),

measures AS (
    SELECT scenario, version, step, brand, day, measure, '' AS currency, value::HUGEINT AS value FROM message_measures
    UNION ALL
    SELECT scenario, version, step, brand, day, measure, '' AS currency, value::HUGEINT AS value FROM outcome_measures
    UNION ALL
    SELECT
        scenario, version, step, brand, day,
        unnest(['orders:' || way, 'revenue:' || way])       AS measure,
        currency,
        unnest([orders::HUGEINT, revenue_minor::HUGEINT])   AS value
    FROM brought_sums
    UNION ALL
    SELECT scenario, version, '' AS step, brand, day, 'people:' || arm AS measure, '' AS currency, count(*)::HUGEINT AS value
    FROM drawn
    GROUP BY scenario, version, brand, day, arm
    UNION ALL
    SELECT
        scenario, version, '' AS step, brand, day, 'buyers:' || arm AS measure, '' AS currency,
        count(DISTINCT person)::HUGEINT AS value
    FROM spent
    GROUP BY scenario, version, brand, day, arm
    UNION ALL
    SELECT
        scenario, version, '' AS step, brand, day,
        unnest(['orders:' || arm, 'revenue:' || arm, 'squares:' || arm]) AS measure,
        currency,
        unnest([orders::HUGEINT, revenue_minor::HUGEINT, revenue_squared::HUGEINT]) AS value
    FROM arm_sums
)

SELECT scenario, version, step, brand, day, measure, currency, sum(value)::VARCHAR AS value
FROM measures
WHERE value <> 0 AND day >= $from_day::DATE
GROUP BY scenario, version, step, brand, day, measure, currency
ORDER BY scenario, version, step, brand, day, measure, currency
