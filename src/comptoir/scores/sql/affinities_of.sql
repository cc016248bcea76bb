-- Give the categories that one person is drawn to, the strongest first.
-- grain: one row a brand and category
-- reads: main.affinities
-- param: profile_id VARCHAR
-- param: brands VARCHAR[]  only of these; none for all
-- param: most BIGINT
SELECT *
FROM main.affinities
WHERE profile_id = $profile_id AND (len($brands) = 0 OR list_contains($brands, brand))
ORDER BY value DESC, brand, category
LIMIT $most
