-- What the people that are asked about did by day.
-- grain: one row a row of fact.day_activity.
-- reads: fact.day_activity, touched_nodes (node_id, place), asked_names (name)
-- param: since DATE, the earliest day that is asked about
SELECT
    touched.place, days.day, days.brand, days.name, days.category, days.events, days.mentions
FROM fact.day_activity AS days
INNER JOIN touched_nodes AS touched ON days.node_id = touched.node_id
WHERE days.day >= $since AND days.name IN (SELECT name FROM asked_names)
