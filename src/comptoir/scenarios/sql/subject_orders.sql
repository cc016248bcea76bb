-- The newest orders of subjects' people at their brand, how many there are, and what was in them.
-- grain:  one row a subject × order, of the newest 20
-- reads:  fact.profile_of, orders, order_lines
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

placed AS (
    SELECT
        people.subject_id,
        orders.order_key,
        orders.ordered_at,
        coalesce(orders.amount_minor, 0)                     AS amount_minor,
        coalesce(orders.currency, 'EUR')                     AS currency,
        count(*) OVER (PARTITION BY people.subject_id)       AS order_count
    FROM people
    INNER JOIN orders ON people.profile_id = orders.profile_id AND people.brand = orders.brand
    WHERE orders.status IS DISTINCT FROM 'cancelled'
    QUALIFY row_number() OVER (
        PARTITION BY people.subject_id ORDER BY orders.ordered_at DESC, orders.order_key
    ) <= 20
),

contents AS (
    SELECT
        order_key,
        list(DISTINCT product_id) FILTER (WHERE product_id IS NOT NULL) AS product_ids,
        list(DISTINCT category) FILTER (WHERE category IS NOT NULL)     AS categories
    FROM order_lines
    WHERE order_key IN (SELECT placed.order_key FROM placed)
    GROUP BY order_key
)

SELECT
    placed.subject_id,
    placed.order_key,
    placed.ordered_at,
    placed.amount_minor,
    placed.currency,
    placed.order_count,
    contents.product_ids,
    contents.categories
FROM placed
LEFT JOIN contents ON placed.order_key = contents.order_key
ORDER BY placed.subject_id, placed.ordered_at DESC, placed.order_key
