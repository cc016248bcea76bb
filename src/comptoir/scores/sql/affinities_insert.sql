-- Write the affinities of a run, those of neighboring people together.
-- grain: one row a person and category
-- reads: found (rows), fact.profile_of
-- param: brand VARCHAR
-- param: before TIMESTAMP
INSERT INTO fact.affinities
SELECT $brand, found.profile_id, nodes.node_id, found.category, found.value, found.lift, $before
FROM found
INNER JOIN (
    SELECT profile_id, min(node_id) AS node_id FROM fact.profile_of WHERE profile_id IS NOT NULL GROUP BY profile_id
) AS nodes ON found.profile_id = nodes.profile_id
ORDER BY found.profile_id, found.category
