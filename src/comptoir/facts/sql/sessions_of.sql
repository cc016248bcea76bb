-- The sessions of these browsers, within a stretch of time.
-- grain: one row a session.
-- reads: fact.sessions
-- param: nodes BIGINT[]
-- param: low TIMESTAMP
-- param: high TIMESTAMP
SELECT browser_node, brand, started_at, ended_at, session_id
FROM fact.sessions
WHERE ended_at >= $low AND started_at <= $high AND browser_node IN (SELECT unnest($nodes::BIGINT[]))
