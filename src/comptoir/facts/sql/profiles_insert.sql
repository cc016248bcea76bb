-- Copy nodes that are new or have moved.
-- grain: one row a node.
-- reads: made (rows)
INSERT INTO fact.profile_of BY NAME SELECT * FROM made
