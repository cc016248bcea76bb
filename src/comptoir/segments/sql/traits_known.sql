-- The statements kept of traits that were stated again.
-- grain: one row a node × trait.
-- reads: fact.traits, stated (what is new)
SELECT kept.node_id, kept.name, kept.occurred_at, kept.message_id
FROM fact.traits AS kept
WHERE
    kept.node_id IN (SELECT node_id FROM stated)
    AND (kept.node_id, kept.name) IN (SELECT (node_id, name) FROM stated)
