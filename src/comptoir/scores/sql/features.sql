-- What was known of customers at an instant, in numbers: nothing that happened then or later is read, but for which
-- identifiers turned out to be one person's. Amounts are minor units, times are days.
-- grain: one row a person who had ordered; one of every `parts` of them.
-- reads: score_people, score_purchases, fact.sessions, fact.events, fact.delivery_records, fact.message_records, fact.revenue_ledger
-- param: brand VARCHAR
-- param: before TIMESTAMP
-- param: parts BIGINT
WITH buyers AS (
    SELECT
        profile_id,
        count(*)                                                               AS orders,
        count(*) FILTER (WHERE ordered_at >= $before - INTERVAL 365 DAY)       AS orders_365,
        count(*) FILTER (WHERE ordered_at >= $before - INTERVAL 90 DAY)        AS orders_90,
        min(ordered_at)                                                        AS first_at,
        max(ordered_at)                                                        AS last_at,
        sum(amount_minor)                                                      AS spent,
        sum(amount_minor) FILTER (WHERE ordered_at >= $before - INTERVAL 365 DAY) AS spent_365,
        count(*) FILTER (WHERE coupon IS NOT NULL AND coupon <> '')            AS coupons
    FROM score_purchases
    WHERE md5_number_lower(profile_id) % $parts = 0
    GROUP BY profile_id
),

visited AS (
    SELECT
        node_id, max(started_at) AS visited_at, count(*) AS visits_365,
        count(*) FILTER (WHERE started_at >= $before - INTERVAL 90 DAY) AS visits_90,
        count(*) FILTER (WHERE started_at >= $before - INTERVAL 30 DAY) AS visits_30,
        count(*) FILTER (WHERE started_at >= $before - INTERVAL 7 DAY)  AS visits_7
    FROM fact.sessions
    WHERE
        brand = $brand AND started_at >= $before - INTERVAL 365 DAY AND started_at < $before
        AND node_id IN (SELECT node_id FROM score_people)
    GROUP BY node_id
),

looked AS (
    SELECT
        node_id,
        count(*) FILTER (WHERE name = 'Product Viewed')                                             AS views_90,
        count(*) FILTER (WHERE name = 'Product Viewed' AND occurred_at >= $before - INTERVAL 30 DAY) AS views_30,
        count(*) FILTER (WHERE name = 'Product Added')                                              AS added_90,
        count(*) FILTER (WHERE name = 'Product Added' AND occurred_at >= $before - INTERVAL 30 DAY)  AS added_30
    FROM fact.events
    WHERE
        brand = $brand AND name IN ('Product Viewed', 'Product Added') AND robot_reason IS NULL
        AND occurred_at >= $before - INTERVAL 90 DAY AND occurred_at < $before
        AND node_id IN (SELECT node_id FROM score_people)
    GROUP BY node_id
),

clicked AS (
    SELECT node_id, count(*) AS clicks_90
    FROM fact.delivery_records
    WHERE
        kind = 'clicked' AND robot_reason IS NULL
        AND occurred_at >= $before - INTERVAL 90 DAY AND occurred_at < $before
        AND message_id IN (SELECT message_id FROM fact.message_records WHERE brand = $brand)
        AND node_id IN (SELECT node_id FROM score_people)
    GROUP BY node_id
),

given_back AS (
    SELECT node_id, count(DISTINCT order_hash) AS returns
    FROM fact.revenue_ledger
    WHERE
        brand = $brand AND kind = 'return' AND occurred_at < $before
        AND node_id IN (SELECT node_id FROM score_people)
    GROUP BY node_id
),

nodes AS (
    SELECT * FROM visited
    UNION ALL BY NAME
    SELECT * FROM looked
    UNION ALL BY NAME
    SELECT * FROM clicked
    UNION ALL BY NAME
    SELECT * FROM given_back
),

acts AS (
    SELECT
        people.profile_id, max(nodes.visited_at) AS visited_at, sum(nodes.visits_365) AS visits_365,
        sum(nodes.visits_90) AS visits_90, sum(nodes.visits_30) AS visits_30, sum(nodes.visits_7) AS visits_7,
        sum(nodes.views_90) AS views_90, sum(nodes.views_30) AS views_30, sum(nodes.added_90) AS added_90,
        sum(nodes.added_30) AS added_30, sum(nodes.clicks_90) AS clicks_90, sum(nodes.returns) AS returns
    FROM nodes
    INNER JOIN score_people AS people ON nodes.node_id = people.node_id
    GROUP BY people.profile_id
),

paced AS (
    SELECT
        *, date_diff('second', last_at, $before) / 86400 AS since_order,
        date_diff('second', first_at, $before) / 86400 AS known,
        CASE WHEN orders > 1 THEN date_diff('second', first_at, last_at) / 86400 / (orders - 1) END AS pace
    FROM buyers
)

SELECT
    paced.profile_id,
    paced.since_order::DOUBLE                                             AS days_since_order,
    paced.known::DOUBLE                                                   AS days_a_customer,
    paced.pace::DOUBLE                                                    AS days_between,
    CASE WHEN paced.orders > 1 THEN paced.since_order / greatest(paced.pace, 1) END::DOUBLE AS overdue,
    paced.orders::DOUBLE                                                  AS orders,
    paced.orders_365::DOUBLE                                              AS orders_365,
    paced.orders_90::DOUBLE                                               AS orders_90,
    coalesce(paced.spent_365, 0)::DOUBLE                                  AS spent_365,
    (paced.spent / paced.orders)::DOUBLE                                  AS spent_an_order,
    (coalesce(acts.returns, 0) / paced.orders)::DOUBLE                    AS returns_an_order,
    (paced.coupons / paced.orders)::DOUBLE                                AS coupons_an_order,
    (date_diff('second', acts.visited_at, $before) / 86400)::DOUBLE       AS days_since_visit,
    coalesce(acts.visits_365, 0)::DOUBLE                                  AS visits_365,
    coalesce(acts.visits_90, 0)::DOUBLE                                   AS visits_90,
    coalesce(acts.visits_30, 0)::DOUBLE                                   AS visits_30,
    coalesce(acts.visits_7, 0)::DOUBLE                                    AS visits_7,
    coalesce(acts.views_90, 0)::DOUBLE                                    AS views_90,
    coalesce(acts.views_30, 0)::DOUBLE                                    AS views_30,
    coalesce(acts.added_90, 0)::DOUBLE                                    AS added_90,
    coalesce(acts.added_30, 0)::DOUBLE                                    AS added_30,
    coalesce(acts.clicks_90, 0)::DOUBLE                                   AS clicks_90
FROM paced
LEFT JOIN acts ON paced.profile_id = acts.profile_id
ORDER BY paced.profile_id
