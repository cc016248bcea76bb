-- What scenarios did and brought, step by step. An order belongs to the latest click of its scenario before it, as in the
-- results; it is counted once a scenario, and its revenue is what the ledger accepts.
-- grain:  one row a scenario × version × step × currency ('' for the counts of messages)
-- reads:  messages, deliveries, orders, revenue
-- param:  scenario VARCHAR       one scenario, or '' for all
-- param:  brands VARCHAR[]       messages of these brands; none: all
-- param:  since_at TIMESTAMP     messages wished for from this instant on
-- param:  window_days INTEGER    days after a click within which an order counts
WITH decided AS (
    SELECT
        message_id,
        scenario,
        scenario_version                           AS version,
        coalesce(step, '')                         AS step,
        outcome,
        coalesce(profile_id, 'node ' || node_id)   AS person
    FROM messages
    WHERE
        scenario IS NOT NULL
        AND ($scenario = '' OR scenario = $scenario)
        AND (len($brands::VARCHAR[]) = 0 OR list_contains($brands::VARCHAR[], brand))
        AND wished_at >= $since_at
),

clicks AS (
    SELECT decided.*, deliveries.occurred_at AS clicked_at
    FROM decided
    INNER JOIN deliveries ON decided.message_id = deliveries.message_id
    WHERE deliveries.kind = 'clicked' AND deliveries.robot_reason IS NULL AND deliveries.occurred_at >= $since_at
),

brought AS (
    SELECT
        clicks.scenario,
        clicks.version,
        clicks.step,
        orders.order_key,
        row_number() OVER (
            PARTITION BY orders.order_key, clicks.scenario ORDER BY clicks.clicked_at DESC, clicks.message_id
        ) AS place
    FROM clicks
    INNER JOIN orders
        ON
            clicks.person = orders.profile_id
            AND orders.ordered_at >= clicks.clicked_at
            AND orders.ordered_at < clicks.clicked_at + to_days($window_days::INTEGER)
    -- said again as a constant, so that older orders are not even read
    WHERE orders.ordered_at >= $since_at
),

booked AS (
    SELECT order_key, currency, sum(amount_minor)::BIGINT AS revenue_minor
    FROM revenue
    WHERE order_key IN (SELECT order_key FROM brought) AND occurred_at >= $since_at::TIMESTAMP - INTERVAL 1 DAY
    GROUP BY order_key, currency
),

clicked AS (
    SELECT scenario, version, step, count(DISTINCT message_id) AS clicked_count
    FROM clicks
    GROUP BY scenario, version, step
),

counted AS (
    SELECT
        scenario,
        version,
        step,
        count(*)                                          AS candidate_count,
        count_if(outcome = 'sent')                        AS sent_count,
        count_if(outcome IN ('dropped', 'replaced'))      AS dropped_count,
        count_if(outcome = 'held_out')                    AS held_out_count
    FROM decided
    GROUP BY scenario, version, step
)

SELECT
    counted.scenario,
    counted.version,
    counted.step,
    ''                                  AS currency,
    counted.candidate_count,
    counted.sent_count,
    counted.dropped_count,
    counted.held_out_count,
    coalesce(clicked.clicked_count, 0)  AS clicked_count,
    0::BIGINT                           AS order_count,
    0::BIGINT                           AS revenue_minor
FROM counted
LEFT JOIN clicked
    ON counted.scenario = clicked.scenario AND counted.version = clicked.version AND counted.step = clicked.step
UNION ALL
SELECT
    brought.scenario,
    brought.version,
    brought.step,
    booked.currency,
    0, 0, 0, 0, 0,
    count(*)                            AS order_count,
    sum(booked.revenue_minor)::BIGINT   AS revenue_minor
FROM brought
INNER JOIN booked ON brought.order_key = booked.order_key
WHERE brought.place = 1
GROUP BY brought.scenario, brought.version, brought.step, booked.currency
ORDER BY 1, 2, 3, 4
