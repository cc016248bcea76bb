-- What became of the candidates of each scenario.
-- grain:  one row a scenario × version × outcome × reason
-- reads:  messages, deliveries
-- param:  brand VARCHAR          one brand, or NULL for all
-- param:  from_at TIMESTAMP      decided from this instant on
-- param:  until_at TIMESTAMP     decided before this instant
WITH clicks AS (
    SELECT DISTINCT message_id
    FROM deliveries
    WHERE kind = 'clicked' AND robot_reason IS NULL
),

unknowns AS (
    SELECT DISTINCT message_id
    FROM deliveries
    WHERE kind = 'unknown'
)

SELECT
    messages.scenario,
    messages.scenario_version              AS version,
    messages.outcome,
    coalesce(messages.reason, '')          AS reason,
    count(*)                               AS messages,
    count(clicks.message_id)               AS clicked,
    count(unknowns.message_id)             AS unknown
FROM messages
LEFT JOIN clicks ON messages.message_id = clicks.message_id
LEFT JOIN unknowns ON messages.message_id = unknowns.message_id
WHERE
    messages.scenario IS NOT NULL
    AND messages.decided_at >= $from_at
    AND messages.decided_at < $until_at
    AND ($brand IS NULL OR messages.brand = $brand)
GROUP BY messages.scenario, messages.scenario_version, messages.outcome, messages.reason
ORDER BY messages.scenario, messages.scenario_version, messages.outcome, reason
