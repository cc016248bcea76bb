-- Which of the sent profiles are news.
-- grain: one row a node that is new or has moved.
-- reads: fact.profile_of, changes (sent rows)
CREATE OR REPLACE TEMP TABLE profile_news AS
SELECT changes.node_id, changes.kind, changes.value, changes.profile_id, known.node_id IS NULL AS is_new
FROM changes
LEFT JOIN fact.profile_of AS known ON changes.node_id = known.node_id
WHERE known.profile_id IS DISTINCT FROM changes.profile_id OR known.node_id IS NULL
