-- The profiles of nodes and, by name, of people, as long as they are there.
-- grain: one row a profile.
-- reads: fact.profile_of, nodes (node_id), people (profile_id)
SELECT DISTINCT profile_id
FROM fact.profile_of
WHERE
    profile_id IS NOT NULL
    AND (node_id IN (SELECT node_id FROM nodes) OR profile_id IN (SELECT profile_id FROM people))
ORDER BY profile_id
