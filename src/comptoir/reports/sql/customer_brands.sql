-- The brands that some nodes have anything to do with.
-- grain:  one row a node and brand
-- reads:  events_all, orders, consents, messages, fact.contact_records
-- param:  nodes BIGINT[]  the nodes
WITH theirs AS (
    SELECT unnest(CAST($nodes AS BIGINT[])) AS node_id
)
SELECT node_id, brand FROM events_all WHERE node_id IN (SELECT node_id FROM theirs)
UNION
SELECT node_id, brand FROM orders WHERE node_id IN (SELECT node_id FROM theirs)
UNION
SELECT node_id, brand FROM consents WHERE node_id IN (SELECT node_id FROM theirs)
UNION
SELECT node_id, brand FROM messages WHERE node_id IN (SELECT node_id FROM theirs)
UNION
SELECT node_id, brand FROM fact.contact_records WHERE node_id IN (SELECT node_id FROM theirs)
ORDER BY node_id, brand
