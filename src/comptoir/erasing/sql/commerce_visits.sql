-- Which of some messages that speak of carts and orders lie in a session.
-- grain: one row a message.
-- reads: fact.commerce
-- param: hashes BIGINT[]  of the messages
SELECT DISTINCT message_hash
FROM fact.commerce
WHERE is_visit AND list_contains($hashes::BIGINT[], message_hash)
ORDER BY message_hash
