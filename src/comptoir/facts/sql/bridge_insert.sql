-- Take in nodes that act on carts, order or click for the first time, or of which more is known now.
-- grain: one row a node.
-- reads: made (rows)
INSERT INTO fact.bridge_nodes BY NAME SELECT * FROM made
