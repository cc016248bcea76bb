-- How many belonged to a segment at the end of each day.
-- grain:  one row a day
-- reads:  fact.segment_counts
-- param:  segment VARCHAR  which
-- param:  since DATE  from this day on
SELECT day, members AS number
FROM fact.segment_counts
WHERE segment = $segment AND day >= $since
ORDER BY day
