-- Write down what changed, numbered on.
-- grain: one row a score and person that changed
-- reads: changes (rows), fact.score_changes
INSERT INTO fact.score_changes BY NAME
SELECT
    (SELECT coalesce(max(change_id), 0) FROM fact.score_changes) + row_number() OVER (ORDER BY score, profile_id) AS change_id,
    *
FROM changes
