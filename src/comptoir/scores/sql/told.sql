-- List the changes that scenarios have not heard of yet, the earliest first.
-- grain: one row a change
-- reads: fact.score_changes, fact.profile_of
-- param: after BIGINT  the last change that was heard
-- param: most BIGINT
SELECT
    changes.change_id, changes.score, changes.brand, changes.node_id, nodes.profile_id, changes.from_label,
    changes.to_label
FROM fact.score_changes AS changes
INNER JOIN fact.profile_of AS nodes ON changes.node_id = nodes.node_id
WHERE changes.change_id > $after AND changes.is_told AND nodes.profile_id IS NOT NULL
ORDER BY changes.change_id
LIMIT $most
