-- What was heard of messages after they were handed over: deliveries, bounces, clicks, each with whose it was.
-- grain:  one row a fact
-- reads:  deliveries
-- param:  message_ids VARCHAR[]  these messages
SELECT message_id, kind, detail, link, robot_reason, occurred_at
FROM deliveries
WHERE list_contains($message_ids, message_id)
ORDER BY occurred_at, kind
