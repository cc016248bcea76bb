-- Give the last run of each plug-in and brand, and the last that was done.
-- grain: one row a plug-in and brand
-- reads: fact.score_runs
SELECT
    plugin, brand,
    arg_max(state, run_id)                                    AS state,
    arg_max(as_of, run_id)                                    AS as_of,
    arg_max(ran_at, run_id)                                   AS ran_at,
    arg_max(people_count, run_id)                             AS people_count,
    arg_max(change_count, run_id)                             AS change_count,
    arg_max(report, run_id)                                   AS report,
    arg_max(as_of, run_id) FILTER (WHERE state = 'done')      AS done_as_of,
    arg_max(report, run_id) FILTER (WHERE state = 'done')     AS done_report
FROM fact.score_runs
GROUP BY plugin, brand
ORDER BY plugin, brand
