-- Give the label of one score for people who are named.
-- grain: one row a person and brand
-- reads: main.scores
-- param: score VARCHAR
-- param: profile_ids VARCHAR[]
-- param: brands VARCHAR[]  only of these; none for all
SELECT profile_id, brand, label, since
FROM main.scores
WHERE
    score = $score AND label IS NOT NULL AND profile_id IN (SELECT unnest($profile_ids::VARCHAR[]))
    AND (len($brands) = 0 OR list_contains($brands, brand))
ORDER BY profile_id, brand
