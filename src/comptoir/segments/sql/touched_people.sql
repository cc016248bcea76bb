-- The profiles of nodes and, by name, of people, as long as they are there.
-- grain: one row a profile.
-- reads: fact.profile_of, nodes (node_id), people (profile_id)
WITH found AS (
    SELECT profile_id FROM fact.profile_of WHERE node_id IN (SELECT node_id FROM nodes)
    UNION
    SELECT profile_id FROM people
)

SELECT profile_id FROM found WHERE profile_id IS NOT NULL ORDER BY profile_id
