-- Copy what identity says of nodes that changed.
-- grain: none.
-- reads: fact.bridge_nodes, fact.profile_of, wanted_nodes (keys)
UPDATE fact.bridge_nodes SET profile_id = profiles.profile_id
FROM (SELECT node_id, profile_id FROM fact.profile_of WHERE node_id IN (SELECT node_id FROM wanted_nodes)) AS profiles
WHERE fact.bridge_nodes.node_id = profiles.node_id AND fact.bridge_nodes.profile_id <> profiles.profile_id
