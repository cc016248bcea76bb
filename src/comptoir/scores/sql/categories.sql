-- Name, for each category as it was said, itself and all above it: by the catalogue's tree (by id or name), else by the
-- parts of a path.
-- grain: one row a said category and category it counts for
-- reads: score_interest, main.categories
-- param: brand VARCHAR
CREATE OR REPLACE TEMP TABLE score_categories AS
WITH RECURSIVE said AS (SELECT DISTINCT said FROM score_interest),

tree AS (
    SELECT category_id, coalesce(nullif(trim(name), ''), category_id) AS name, parent_id
    FROM main.categories
    WHERE brand = $brand
),

placed AS (
    SELECT said.said, min(tree.category_id) AS category_id
    FROM said
    INNER JOIN tree ON said.said = tree.category_id OR said.said = tree.name
    GROUP BY said.said
),

climb AS (
    SELECT said, category_id, 0 AS height FROM placed
    UNION ALL
    SELECT climb.said, tree.parent_id, climb.height + 1
    FROM climb
    INNER JOIN tree ON climb.category_id = tree.category_id
    WHERE tree.parent_id IS NOT NULL AND climb.height < 12
),

parts AS (
    SELECT said, string_split(said, ' / ') AS names FROM said WHERE said NOT IN (SELECT said FROM placed)
)

SELECT climb.said, tree.name AS category, min(climb.height) AS height
FROM climb
INNER JOIN tree ON climb.category_id = tree.category_id
GROUP BY climb.said, tree.name
UNION ALL
SELECT said, array_to_string(names[1:place], ' / '), len(names) - place
FROM (SELECT said, names, unnest(range(1, len(names) + 1)) AS place FROM parts)
