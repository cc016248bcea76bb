-- Give the shop's rhythm: the median days between two purchases of one person.
-- grain: one row
-- reads: score_purchases
SELECT quantile_disc(gap, 0.5) AS rhythm_days
FROM (
    SELECT datediff('day', lag(day) OVER (PARTITION BY profile_id ORDER BY day), day) AS gap
    FROM (SELECT DISTINCT profile_id, day FROM score_purchases)
)
WHERE gap IS NOT NULL
