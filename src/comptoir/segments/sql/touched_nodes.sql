-- All nodes of the people that are asked about.
-- grain: one row a node.
-- reads: fact.persons, touched_people (person, place)
SELECT nodes.node_id, touched.place
FROM fact.persons AS nodes
INNER JOIN touched_people AS touched ON nodes.person = touched.person
