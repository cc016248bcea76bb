-- The tick up to which the catalogue of names goes on: as many ticks as hold some events, one at least.
-- grain:  one row
-- reads:  fact.tick_counts
-- param:  after BIGINT  the last tick it knows
-- param:  most BIGINT  events
WITH counted AS (
    SELECT tick_id, stored, sum(stored) OVER (ORDER BY tick_id) AS so_far
    FROM fact.tick_counts
    WHERE tick_id > $after
)
SELECT coalesce(max(tick_id), $after) AS upto
FROM counted
WHERE so_far - stored < $most
