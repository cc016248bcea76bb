-- What the last runs of the score `repurchase` learned of categories that are bought again.
-- grain:  one row a brand
-- reads:  fact.score_runs
SELECT brand, arg_max(report, run_id) AS report
FROM fact.score_runs
WHERE plugin = 'repurchase' AND state = 'done'
GROUP BY brand
ORDER BY brand
