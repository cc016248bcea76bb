-- List people of a score, the best first; or those of a label.
-- grain: one row a person
-- reads: main.scores
-- param: score VARCHAR
-- param: brand VARCHAR
-- param: label VARCHAR  only of this label; empty for all
-- param: most BIGINT
SELECT *
FROM main.scores
WHERE score = $score AND brand = $brand AND ($label = '' OR label = $label)
ORDER BY top_share, value DESC, profile_id
LIMIT $most
