-- Give each person a place among all, and one of their nodes to hang on: a tie shares the better place.
-- grain: one row a score and person
-- reads: found (rows), score_people
-- param: ranked VARCHAR[]  scores of which a higher value is better
SELECT
    found.score, found.profile_id, nodes.node_id, found.value, found.label, found.since,
    CASE
        WHEN found.value IS NOT NULL AND list_contains($ranked, found.score) THEN
            (rank() OVER (PARTITION BY found.score ORDER BY found.value DESC NULLS LAST) - 1)
            / count(found.value) OVER (PARTITION BY found.score)
    END AS top_share
FROM found
INNER JOIN (SELECT profile_id, min(node_id) AS node_id FROM score_people GROUP BY profile_id) AS nodes
    ON found.profile_id = nodes.profile_id
