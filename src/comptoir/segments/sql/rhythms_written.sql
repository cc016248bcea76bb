-- Which run of the score `repurchase` was the last: 0 before the first.
-- grain:  one row
-- reads:  fact.score_runs
SELECT coalesce(max(run_id), 0) AS run_id
FROM fact.score_runs
WHERE plugin = 'repurchase' AND state = 'done'
