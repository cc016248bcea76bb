-- The profiles of nodes and, by name, of people, as long as they are there.
-- grain: one row a profile.
-- reads: fact.people, fact.persons, nodes (node_id), people (profile_id)
WITH touched AS (
    SELECT person, profile_id
    FROM fact.people
    WHERE person IN (SELECT person FROM fact.persons WHERE node_id IN (SELECT node_id FROM nodes))
    UNION
    SELECT person, profile_id
    FROM fact.people
    WHERE profile_id IN (SELECT profile_id FROM people)
)

SELECT profile_id, person, md5_number_lower(profile_id) AS profile_hash
FROM touched
ORDER BY profile_id
