-- Treated people beside the control group, by intention to treat: everyone drawn counts on the side that was drawn, whether
-- or not a message left; people found on both sides are left out as contaminated.
-- grain:  one row a scenario × arm × currency (NULL where nobody of the arm ordered)
-- reads:  messages, orders, revenue
-- param:  brand VARCHAR          one brand, or NULL for all
-- param:  from_at TIMESTAMP      decided from this instant on
-- param:  until_at TIMESTAMP     decided before this instant
-- param:  window_days INTEGER    days after the decision within which an order counts
-- source: Gerber and Green, Field Experiments (2012), chapter 5: intention to treat
WITH drawn AS (
    SELECT
        scenario,
        coalesce(profile_id, 'node ' || node_id)                                AS person,
        min(decided_at)                                                         AS decided_at,
        count(DISTINCT CASE WHEN outcome = 'held_out' THEN 1 ELSE 2 END)        AS arms,
        min(CASE WHEN outcome = 'held_out' THEN 'control' ELSE 'treated' END)   AS arm
    FROM messages
    WHERE
        scenario IS NOT NULL
        AND coalesce(reason, '') NOT IN ('no_contact', 'no_consent', 'suppressed', 'nothing_to_show')
        AND decided_at >= $from_at
        AND decided_at < $until_at
        AND ($brand IS NULL OR brand = $brand)
    GROUP BY scenario, coalesce(profile_id, 'node ' || node_id)
),

bought AS (
    SELECT
        drawn.scenario,
        drawn.person,
        ledger.currency,
        count(DISTINCT orders.order_key) AS orders,
        sum(ledger.amount_minor)         AS revenue_minor
    FROM drawn
    INNER JOIN orders
        ON
            drawn.person = orders.profile_id
            AND orders.ordered_at >= drawn.decided_at
            AND orders.ordered_at < drawn.decided_at + to_days($window_days)
    INNER JOIN revenue AS ledger ON orders.order_key = ledger.order_key
    WHERE $brand IS NULL OR orders.brand = $brand
    GROUP BY drawn.scenario, drawn.person, ledger.currency
),

people AS (
    SELECT
        scenario,
        CASE WHEN arms > 1 THEN 'contaminated' ELSE arm END AS arm,
        count(*)                                            AS people
    FROM drawn
    GROUP BY scenario, CASE WHEN arms > 1 THEN 'contaminated' ELSE arm END
),

sums AS (
    SELECT
        drawn.scenario,
        CASE WHEN drawn.arms > 1 THEN 'contaminated' ELSE drawn.arm END AS arm,
        bought.currency,
        count(DISTINCT bought.person)                                   AS buyers,
        sum(bought.orders)                                              AS orders,
        sum(bought.revenue_minor)                                       AS revenue_minor
    FROM drawn
    INNER JOIN bought ON drawn.scenario = bought.scenario AND drawn.person = bought.person
    GROUP BY drawn.scenario, CASE WHEN drawn.arms > 1 THEN 'contaminated' ELSE drawn.arm END, bought.currency
)

SELECT
    people.scenario,
    people.arm,
    people.people,
    sums.currency,
    coalesce(sums.buyers, 0)::BIGINT        AS buyers,
    coalesce(sums.orders, 0)::BIGINT        AS orders,
    coalesce(sums.revenue_minor, 0)::BIGINT AS revenue_minor
FROM people
LEFT JOIN sums ON people.scenario = sums.scenario AND people.arm = sums.arm
ORDER BY people.scenario, people.arm, sums.currency
