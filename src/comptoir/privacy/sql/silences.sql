-- How long people have been silent: the last sign of life of each person, and the instant at which they are left alone.
-- A sign is what the person does: a visit, a click, an order, a form, points, a consent given. An opened mail is none,
-- and neither is anything we send.
-- grain:  one row a person of whom there is a sign
-- reads:  fact.profile_of, fact.events, fact.delivery_records, fact.orders, fact.contact_records, fact.consents, fact.loyalty_movements
-- param:  nodes BIGINT[]           the people of these nodes
-- param:  is_all BOOLEAN           everybody instead
-- param:  now TIMESTAMP            what happened later is not seen
-- param:  prospect_years BIGINT    years of silence after which somebody who never bought is left alone
-- param:  customer_years BIGINT    the same for somebody who did
-- source: CNIL, commercial prospecting: three years from the collection or the last contact that comes from the prospect
WITH people AS (
    SELECT node_id, coalesce(profile_id, format('n{:016x}', node_id)) AS person
    FROM fact.profile_of
),

asked AS (
    SELECT DISTINCT person FROM people WHERE $is_all OR node_id IN (SELECT unnest($nodes))
),

kin AS (
    SELECT people.node_id, people.person FROM people INNER JOIN asked ON people.person = asked.person
),

signs AS (
    SELECT node_id, max(occurred_at) AS sign_at, FALSE AS is_order
    FROM fact.events
    WHERE node_id IN (SELECT node_id FROM kin) AND robot_reason IS NULL AND occurred_at <= $now
    GROUP BY node_id
    UNION ALL
    SELECT browser_node, max(occurred_at), FALSE
    FROM fact.events
    WHERE browser_node IN (SELECT node_id FROM kin) AND robot_reason IS NULL AND occurred_at <= $now
        AND browser_node <> node_id
    GROUP BY browser_node
    UNION ALL
    SELECT node_id, max(occurred_at), FALSE
    FROM fact.delivery_records
    WHERE node_id IN (SELECT node_id FROM kin) AND kind = 'clicked' AND robot_reason IS NULL AND occurred_at <= $now
    GROUP BY node_id
    UNION ALL
    SELECT node_id, max(ordered_at), TRUE
    FROM fact.orders
    WHERE node_id IN (SELECT node_id FROM kin) AND ordered_at <= $now
    GROUP BY node_id
    UNION ALL
    SELECT node_id, max(occurred_at), FALSE
    FROM fact.contact_records
    WHERE node_id IN (SELECT node_id FROM kin) AND occurred_at <= $now
    GROUP BY node_id
    UNION ALL
    SELECT node_id, max(occurred_at), FALSE
    FROM fact.consents
    WHERE node_id IN (SELECT node_id FROM kin) AND state = 'granted' AND trust = 'confirmed' AND occurred_at <= $now
    GROUP BY node_id
    UNION ALL
    SELECT node_id, max(occurred_at), FALSE
    FROM fact.loyalty_movements
    WHERE node_id IN (SELECT node_id FROM kin) AND occurred_at <= $now
    GROUP BY node_id
),

lives AS (
    SELECT kin.person, max(signs.sign_at) AS last_sign_at, bool_or(signs.is_order) AS is_customer
    FROM signs
    INNER JOIN kin ON signs.node_id = kin.node_id
    GROUP BY kin.person
)

SELECT
    lives.person, lives.is_customer, lives.last_sign_at,
    lives.last_sign_at + to_years(CASE WHEN lives.is_customer THEN $customer_years ELSE $prospect_years END) AS lapses_at,
    (SELECT list(kin.node_id ORDER BY kin.node_id) FROM kin WHERE kin.person = lives.person) AS nodes
FROM lives
ORDER BY lapses_at, lives.person
