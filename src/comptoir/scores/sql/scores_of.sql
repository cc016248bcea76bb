-- Give the scores of one person.
-- grain: one row a score and brand
-- reads: main.scores
-- param: profile_id VARCHAR
-- param: brands VARCHAR[]  only of these; none for all
SELECT *
FROM main.scores
WHERE profile_id = $profile_id AND (len($brands) = 0 OR list_contains($brands, brand))
ORDER BY score, brand
