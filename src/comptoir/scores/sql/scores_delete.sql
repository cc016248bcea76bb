-- Make room for the scores of a run, of a stretch of people.
-- grain: one row a score and person
-- reads: fact.scores
-- param: brand VARCHAR
-- param: scores VARCHAR[]
-- param: low VARCHAR   the first of the people
-- param: high VARCHAR  the first who is not among them any more
DELETE FROM fact.scores
WHERE brand = $brand AND list_contains($scores, score) AND profile_id >= $low AND profile_id < $high
