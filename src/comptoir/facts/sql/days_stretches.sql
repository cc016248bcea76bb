-- A brand's ticks, cut in stretches of about so many events.
-- grain: one row a stretch.
-- reads: fact.events
-- param: brand VARCHAR
-- param: size BIGINT, events of a stretch
WITH ticks AS (
    SELECT tick_id, count(*) AS event_count
    FROM fact.events
    WHERE brand = $brand
    GROUP BY tick_id
),

numbered AS (
    SELECT tick_id, (sum(event_count) OVER (ORDER BY tick_id) - event_count) // $size AS stretch
    FROM ticks
)

SELECT min(tick_id) AS first_tick, max(tick_id) AS last_tick
FROM numbered
GROUP BY stretch
ORDER BY first_tick
