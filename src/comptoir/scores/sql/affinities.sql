-- Give what is written of the affinities of a run: each hangs on one of its person's nodes.
-- grain: one row a person and category
-- reads: found (rows), score_people
-- param: brand VARCHAR
-- param: before TIMESTAMP
SELECT
    $brand AS brand, found.profile_id, nodes.node_id, found.category, found.value, found.lift, $before AS as_of
FROM found
INNER JOIN (SELECT profile_id, min(node_id) AS node_id FROM score_people GROUP BY profile_id) AS nodes
    ON found.profile_id = nodes.profile_id
ORDER BY found.profile_id, found.category
