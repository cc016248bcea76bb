-- Take out the statements that count no more.
-- grain: none.
-- reads: fact.traits, stated (what is new), known (what is kept)
DELETE FROM fact.traits
WHERE
    node_id IN (SELECT node_id FROM stated)
    AND (node_id, name) IN (
        SELECT (stated.node_id, stated.name)
        FROM stated
        INNER JOIN known ON stated.node_id = known.node_id AND stated.name = known.name
        WHERE (stated.occurred_at, stated.message_id) > (known.occurred_at, known.message_id)
    )
