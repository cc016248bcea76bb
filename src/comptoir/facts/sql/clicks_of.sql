-- Clicks in messages by these nodes, robots left out. The brand is the message's.
-- grain: one row a click.
-- reads: fact.delivery_records, fact.message_records
-- param: nodes BIGINT[]
WITH clicks AS (
    SELECT node_id, message_id, occurred_at, message_hash
    FROM fact.delivery_records
    WHERE kind = 'clicked' AND robot_reason IS NULL AND node_id IN (SELECT unnest($nodes::BIGINT[]))
),

messages AS (
    SELECT message_id, min(brand) AS brand
    FROM fact.message_records
    WHERE message_id IN (SELECT message_id FROM clicks)
    GROUP BY message_id
)

SELECT clicks.node_id, messages.brand, clicks.occurred_at, fact.click_id(clicks.message_hash)
FROM clicks
LEFT JOIN messages ON clicks.message_id = messages.message_id
