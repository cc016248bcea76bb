-- Make room for the scores of a run.
-- grain: one row a score and person
-- reads: fact.scores
-- param: brand VARCHAR
-- param: scores VARCHAR[]
DELETE FROM fact.scores WHERE brand = $brand AND list_contains($scores, score)
