-- All nodes of the people that are asked about.
-- grain: one row a node.
-- reads: fact.profile_of, touched_people (profile_id, place)
SELECT nodes.node_id, touched.place
FROM fact.profile_of AS nodes
INNER JOIN touched_people AS touched ON nodes.profile_id = touched.profile_id
