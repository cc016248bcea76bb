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
        max(received_at) AS last_at
    FROM wanted
    GROUP BY brand, source, event
    UNION ALL
    SELECT
        brand, source, event, property, type, count(*) AS times, min(received_at) AS first_at,
        max(received_at) AS last_at
    FROM parts
    GROUP BY brand, source, event, property, type
),
ranked AS (
    SELECT
        *, row_number() OVER (ORDER BY (property <> ''), times DESC, brand, source, event, property, type) AS place
    FROM counted
),
-- A sketch of values takes kilobytes: a site that invents names would fill the memory with them, so the kept ones only.
sketched AS (
    SELECT
        k.place, approx_count_distinct(p.atom) AS distinct_count,
        approx_top_k(json_extract_string(p.atom, '$'), 9) AS some_values
    FROM ranked AS k
    JOIN parts AS p
        ON k.brand = p.brand AND k.source = p.source AND k.event = p.event AND k.property = p.property
        AND k.type = p.type
    WHERE k.place <= $most AND k.type = 'VARCHAR' AND p.type = 'VARCHAR'
    GROUP BY k.place
)
SELECT
    r.brand, r.source, r.event, r.property, r.type, r.times, r.first_at, r.last_at,
    coalesce(s.distinct_count, 0) AS distinct_count, coalesce(s.some_values, []) AS some_values, r.place
FROM ranked AS r
LEFT JOIN sketched AS s ON r.place = s.place
WHERE r.place <= $most
UNION ALL
SELECT
    brand, source, '(others)' AS event, '' AS property, '' AS type, CAST(sum(times) AS BIGINT) AS times,
    min(first_at) AS first_at, max(last_at) AS last_at, 0 AS distinct_count, CAST([] AS VARCHAR[]) AS some_values,
    $most + 1 AS place
FROM ranked
WHERE place > $most AND property = ''
GROUP BY brand, source
ORDER BY place, brand, source
