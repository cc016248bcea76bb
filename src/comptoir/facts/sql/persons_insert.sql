-- Say by number whose the nodes are.
-- grain: one row a node.
-- reads: made (rows)
INSERT INTO fact.persons BY NAME SELECT node_id, person FROM made
