-- Make room for a day's count of a run.
-- grain: one row a bucket
-- reads: fact.score_days
-- param: brand VARCHAR
-- param: scores VARCHAR[]
-- param: on DATE
DELETE FROM fact.score_days WHERE brand = $brand AND list_contains($scores, score) AND day = $on
