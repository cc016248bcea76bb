-- Count how many people were in each stretch of a score's values: on the last day that was counted, and on the last one at
-- least so many days before it.
-- grain: one row a bucket
-- reads: fact.score_days
-- param: score VARCHAR
-- param: brand VARCHAR
-- param: days INTEGER
WITH counted AS (
    SELECT day, bucket, people_count FROM fact.score_days WHERE score = $score AND brand = $brand
),

ends AS (
    SELECT
        (SELECT max(day) FROM counted) AS now_on,
        (SELECT max(day) FROM counted WHERE day <= (SELECT max(day) FROM counted) - $days) AS then_on
)

SELECT
    counted.bucket, ends.then_on, ends.now_on,
    coalesce(sum(counted.people_count) FILTER (WHERE counted.day = ends.then_on), 0)::BIGINT AS then_count,
    coalesce(sum(counted.people_count) FILTER (WHERE counted.day = ends.now_on), 0)::BIGINT  AS now_count
FROM counted
CROSS JOIN ends
WHERE counted.day IN (ends.then_on, ends.now_on)
GROUP BY counted.bucket, ends.then_on, ends.now_on
ORDER BY counted.bucket
