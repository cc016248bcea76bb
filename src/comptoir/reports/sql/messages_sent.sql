-- What left in a period, and how many of it were clicked, by the step of a scenario that made it.
-- grain:  one row a scenario × version × step
-- reads:  messages, deliveries
-- param:  since_at TIMESTAMP  decided at or after this instant
-- param:  until_at TIMESTAMP  and before this one
-- param:  brands VARCHAR[]  these brands; none for every brand
WITH sent AS (
    SELECT message_id, scenario, scenario_version, step
    FROM messages
    WHERE
        outcome = 'sent'
        AND decided_at >= $since_at
        AND decided_at < $until_at
        AND (len($brands) = 0 OR list_contains($brands, brand))
),

clicked AS (
    SELECT DISTINCT message_id
    FROM deliveries
    WHERE kind = 'clicked' AND robot_reason IS NULL AND occurred_at >= $since_at
)

SELECT
    sent.scenario,
    sent.scenario_version      AS version,
    sent.step,
    count(*)                   AS sent_count,
    count(clicked.message_id)  AS clicked_count
FROM sent
LEFT JOIN clicked ON sent.message_id = clicked.message_id
GROUP BY sent.scenario, sent.scenario_version, sent.step
