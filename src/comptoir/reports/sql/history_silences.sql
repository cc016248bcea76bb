-- The last sign of life of some people at an instant, as `privacy/sql/silences.sql` sees it: a visit, a click, an order,
-- a form, points, a consent given.
-- grain:  one row a node × person of whom there is a sign
-- reads:  fact.profile_of, fact.events, fact.delivery_records, fact.orders, fact.contact_records, fact.consents, fact.loyalty_movements
-- param:  nodes BIGINT[]           the people of these nodes
-- param:  now_at TIMESTAMP         what happened later is not seen
-- param:  prospect_years BIGINT    years of silence after which somebody who never bought is left alone
-- param:  customer_years BIGINT    the same for somebody who did
-- source: CNIL, commercial prospecting: three years from the collection or the last contact that comes from the prospect
WITH people AS (
    SELECT node_id, coalesce(profile_id, format('n{:016x}', node_id)) AS person
    FROM fact.profile_of
),

asked AS (
    SELECT DISTINCT person FROM people WHERE node_id IN (SELECT unnest($nodes::BIGINT[]))
),

kin AS (
    SELECT people.node_id, people.person FROM people INNER JOIN asked ON people.person = asked.person
),

acts AS (
    SELECT node_id, occurred_at AS sign_at, FALSE AS is_order FROM fact.events WHERE robot_reason IS NULL
    UNION ALL
    SELECT browser_node, occurred_at, FALSE FROM fact.events WHERE robot_reason IS NULL AND browser_node <> node_id
    UNION ALL
    SELECT node_id, occurred_at, FALSE FROM fact.delivery_records WHERE kind = 'clicked' AND robot_reason IS NULL
    UNION ALL
    SELECT node_id, ordered_at, TRUE FROM fact.orders
    UNION ALL
    SELECT node_id, occurred_at, FALSE FROM fact.contact_records
    UNION ALL
    SELECT node_id, occurred_at, FALSE FROM fact.consents WHERE state = 'granted' AND trust = 'confirmed'
    UNION ALL
    SELECT node_id, occurred_at, FALSE FROM fact.loyalty_movements
),

lives AS (
    SELECT kin.person, max(acts.sign_at) AS last_sign_at, bool_or(acts.is_order) AS is_customer
    FROM acts
    INNER JOIN kin ON acts.node_id = kin.node_id
    WHERE acts.sign_at <= $now_at
    GROUP BY kin.person
)

SELECT
    kin.node_id,
    lives.last_sign_at + to_years(
        CASE WHEN lives.is_customer THEN $customer_years ELSE $prospect_years END::INTEGER
    ) AS lapses_at
FROM lives
INNER JOIN kin ON lives.person = kin.person
WHERE kin.node_id IN (SELECT unnest($nodes::BIGINT[]))
ORDER BY kin.node_id
