-- The facts that some messages became.
-- grain: one row a message and table.
-- reads: the base tables of fact
-- param: hashes BIGINT[]  of the messages
WITH wanted AS (SELECT unnest($hashes::BIGINT[]) AS message_hash)

SELECT message_hash, tick_id, robot_reason
FROM fact.events
SEMI JOIN wanted USING (message_hash)
UNION ALL
SELECT DISTINCT message_hash, tick_id, NULL FROM fact.commerce SEMI JOIN wanted USING (message_hash)
UNION ALL
SELECT message_hash, tick_id, NULL FROM fact.product_records SEMI JOIN wanted USING (message_hash)
UNION ALL
SELECT message_hash, tick_id, NULL FROM fact.contact_records SEMI JOIN wanted USING (message_hash)
UNION ALL
SELECT message_hash, tick_id, NULL FROM fact.consents SEMI JOIN wanted USING (message_hash)
UNION ALL
SELECT message_hash, tick_id, NULL FROM fact.loyalty_movements SEMI JOIN wanted USING (message_hash)
UNION ALL
SELECT message_hash, tick_id, NULL FROM fact.message_records SEMI JOIN wanted USING (message_hash)
UNION ALL
SELECT message_hash, tick_id, NULL FROM fact.price_records SEMI JOIN wanted USING (message_hash)
UNION ALL
SELECT message_hash, tick_id, NULL FROM fact.stock_records SEMI JOIN wanted USING (message_hash)
UNION ALL
SELECT message_hash, tick_id, NULL FROM fact.category_records SEMI JOIN wanted USING (message_hash)
UNION ALL
SELECT message_hash, tick_id, NULL FROM fact.pickup_records SEMI JOIN wanted USING (message_hash)
UNION ALL
SELECT message_hash, tick_id, NULL FROM fact.subscription_records SEMI JOIN wanted USING (message_hash)
UNION ALL
SELECT message_hash, tick_id, robot_reason FROM fact.delivery_records SEMI JOIN wanted USING (message_hash)
ORDER BY message_hash, tick_id, robot_reason
