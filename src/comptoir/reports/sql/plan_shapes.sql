-- What arrived: each event and each of its properties, by the type of its values, with some of them.
-- grain:  one row a brand × source × event × property × type; an empty property and type for the event itself
-- reads:  fact.events
-- param:  after BIGINT  only of ticks after this one
-- param:  upto BIGINT  and up to this one
-- param:  since_at TIMESTAMP  only what was received from then on
-- param:  brand VARCHAR  only of this brand; empty for all
-- param:  most BIGINT  rows; the most frequent are kept, events beyond are counted together as (others)
WITH wanted AS (
    SELECT
        brand, source, CASE WHEN type = 'track' THEN name ELSE type END AS event, received_at,
        CASE WHEN type IN ('identify', 'group') THEN traits ELSE properties END AS said
    FROM fact.events
    WHERE tick_id > $after AND tick_id <= $upto AND received_at >= $since_at AND robot_reason IS NULL
        AND type <> 'alias' AND source <> 'comptoir' AND ($brand = '' OR brand = $brand)
),
parts AS (
    SELECT w.brand, w.source, w.event, w.received_at, e.key AS property, e.type, e.atom
    FROM wanted AS w
    CROSS JOIN json_each(CAST(w.said AS JSON)) AS e
),
counted AS (
    SELECT
        brand, source, event, '' AS property, '' AS type, count(*) AS times, min(received_at) AS first_at,
        max(received_at) AS last_at, 0 AS distinct_count, CAST([] AS VARCHAR[]) AS some_values
    FROM wanted
    GROUP BY brand, source, event
    UNION ALL
    SELECT
        brand, source, event, property, type, count(*) AS times, min(received_at) AS first_at,
        max(received_at) AS last_at,
        CASE WHEN type = 'VARCHAR' THEN approx_count_distinct(atom) ELSE 0 END AS distinct_count,
        CASE WHEN type = 'VARCHAR' THEN approx_top_k(json_extract_string(atom, '$'), 9) ELSE [] END AS some_values
    FROM parts
    GROUP BY brand, source, event, property, type
),
ranked AS (
    SELECT
        *, row_number() OVER (ORDER BY (property <> ''), times DESC, brand, source, event, property, type) AS place
    FROM counted
)
SELECT
    brand, source, event, property, type, times, first_at, last_at, distinct_count, some_values, place
FROM ranked
WHERE place <= $most
UNION ALL
SELECT
    brand, source, '(others)' AS event, '' AS property, '' AS type, CAST(sum(times) AS BIGINT) AS times,
    min(first_at) AS first_at, max(last_at) AS last_at, 0 AS distinct_count, CAST([] AS VARCHAR[]) AS some_values,
    $most + 1 AS place
FROM ranked
WHERE place > $most AND property = ''
GROUP BY brand, source
ORDER BY place, brand, source
