-- Write down whom a tick touched: the people of its nodes, and those it names, whether they are still somebody or not.
-- grain: one row a person.
-- reads: fact.profile_of, nodes (node_id), people (profile_id)
-- param: now TIMESTAMP
INSERT INTO fact.traits_due
SELECT profile_id, $now AS since
FROM (
    SELECT profile_id
    FROM fact.profile_of
    WHERE profile_id IS NOT NULL AND node_id IN (SELECT node_id FROM nodes)
    UNION
    SELECT profile_id FROM people
)
ORDER BY profile_id
