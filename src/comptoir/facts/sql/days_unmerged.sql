-- Days that have parts which the night has not added up, and how many rows they have.
-- grain: one row a day.
-- reads: fact.day_activity
-- param: before DATE, days from this one on are still being added to
WITH parted AS (SELECT DISTINCT day FROM fact.day_activity WHERE tick_id <> 0 AND day < $before)

SELECT day, count(*) AS parts
FROM fact.day_activity
WHERE day IN (SELECT day FROM parted)
GROUP BY day
ORDER BY day
