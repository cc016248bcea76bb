-- Keep the statements that count now.
-- grain: one row a node × trait.
-- reads: stated (what is new), known (what was kept)
INSERT INTO fact.traits BY NAME
SELECT stated.*
FROM stated
LEFT JOIN known ON stated.node_id = known.node_id AND stated.name = known.name
WHERE known.name IS NULL OR (stated.occurred_at, stated.message_id) > (known.occurred_at, known.message_id)
