-- The browser in which each subject's person did what its run follows, with the products that this browser named itself.
-- Whom a public key claims to be is not asked: only the act itself says which browser it was.
-- grain:  one row a subject whose act was a browser's
-- reads:  fact.profile_of, fact.events, fact.commerce, fact.clock
-- param:  subject_ids BIGINT[]  subjects, in the order of node_ids, brands and acted_at
-- param:  node_ids BIGINT[]     the node each subject began with
-- param:  brands VARCHAR[]
-- param:  acted_at BIGINT[]     when it acted, in microseconds since 1970
WITH subjects AS (
    SELECT
        unnest($subject_ids::BIGINT[])            AS subject_id,
        unnest($node_ids::BIGINT[])               AS node_id,
        unnest($brands::VARCHAR[])                AS brand,
        make_timestamp(unnest($acted_at::BIGINT[])) AS acted_at
),

acts AS (
    SELECT
        subjects.subject_id,
        subjects.brand,
        max_by(events.anonymous_id, events.message_id) AS anonymous_id,
        max_by(events.source, events.message_id)       AS source,
        max_by(events.browser_node, events.message_id) AS browser_node
    FROM subjects
    INNER JOIN fact.events AS events ON subjects.acted_at = events.occurred_at AND subjects.brand = events.brand
    INNER JOIN fact.profile_of AS mine ON subjects.node_id = mine.node_id
    INNER JOIN fact.profile_of AS theirs ON events.node_id = theirs.node_id AND mine.profile_id = theirs.profile_id
    WHERE events.anonymous_id IS NOT NULL AND events.robot_reason IS NULL AND NOT events.historical
    GROUP BY subjects.subject_id, subjects.brand
),

named AS (
    SELECT browser_node, brand, product_id
    FROM fact.events
    WHERE
        product_id IS NOT NULL AND browser_node IN (SELECT acts.browser_node FROM acts)
        AND occurred_at >= (SELECT max(now) FROM fact.clock) - INTERVAL 90 DAY
    UNION
    SELECT browser_node, brand, product_id
    FROM fact.commerce
    WHERE
        product_id IS NOT NULL AND browser_node IN (SELECT acts.browser_node FROM acts)
        AND occurred_at >= (SELECT max(now) FROM fact.clock) - INTERVAL 90 DAY
)

SELECT
    acts.subject_id,
    acts.anonymous_id,
    acts.source,
    list(named.product_id ORDER BY named.product_id) FILTER (named.product_id IS NOT NULL) AS product_ids
FROM acts
LEFT JOIN named ON acts.browser_node = named.browser_node AND acts.brand = named.brand
GROUP BY acts.subject_id, acts.anonymous_id, acts.source
ORDER BY acts.subject_id
