-- The products that subjects' people looked at lately at their brand, the newest first.
-- grain:  one row a subject × product, of the newest 50 of 90 days
-- reads:  fact.profile_of, fact.events, fact.clock, products
-- param:  subject_ids BIGINT[]  subjects, in the order of node_ids and brands
-- param:  node_ids BIGINT[]     the node each subject began with
-- param:  brands VARCHAR[]
WITH subjects AS (
    SELECT
        unnest($subject_ids::BIGINT[]) AS subject_id,
        unnest($node_ids::BIGINT[])    AS node_id,
        unnest($brands::VARCHAR[])     AS brand
),

people AS (
    SELECT
        subjects.subject_id,
        subjects.brand,
        mine.profile_id
    FROM subjects
    INNER JOIN fact.profile_of AS mine ON subjects.node_id = mine.node_id
    WHERE mine.profile_id IS NOT NULL
),

members AS (
    SELECT
        node_id,
        profile_id
    FROM fact.profile_of
    WHERE profile_id IN (SELECT people.profile_id FROM people)
),

seen AS (
    SELECT
        members.profile_id,
        events.brand,
        events.product_id,
        max(events.occurred_at) AS viewed_at
    FROM fact.events AS events
    INNER JOIN members ON events.node_id = members.node_id
    WHERE
        events.name = 'Product Viewed' AND events.product_id IS NOT NULL AND events.robot_reason IS NULL
        AND events.occurred_at >= (SELECT max(now) FROM fact.clock) - INTERVAL 90 DAY
    GROUP BY members.profile_id, events.brand, events.product_id
),

named AS (
    SELECT
        brand,
        product_id,
        min(category) AS category
    FROM products
    WHERE product_id IN (SELECT seen.product_id FROM seen)
    GROUP BY brand, product_id
)

SELECT
    people.subject_id,
    seen.product_id,
    named.category,
    seen.viewed_at
FROM people
INNER JOIN seen ON people.profile_id = seen.profile_id AND people.brand = seen.brand
LEFT JOIN named ON seen.brand = named.brand AND seen.product_id = named.product_id
QUALIFY row_number() OVER (
    PARTITION BY people.subject_id ORDER BY seen.viewed_at DESC, seen.product_id
) <= 50
ORDER BY people.subject_id, seen.viewed_at DESC, seen.product_id
