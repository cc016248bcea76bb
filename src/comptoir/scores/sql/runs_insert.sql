-- Write down a run.
-- grain: one row a run
-- reads: fact.score_runs
-- param: plugin VARCHAR
-- param: brand VARCHAR
-- param: before TIMESTAMP
-- param: ran_at TIMESTAMP
-- param: state VARCHAR
-- param: people BIGINT
-- param: changes BIGINT
-- param: report VARCHAR
INSERT INTO fact.score_runs
SELECT coalesce(max(run_id), 0) + 1, $plugin, $brand, $before, $ran_at, $state, $people, $changes, $report
FROM fact.score_runs
