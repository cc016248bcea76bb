-- Message ids that must not come twice: live ones for some days, imported ones and reports for ever.
-- grain: one row a message.
-- reads: fact.events, fact.erased_lines, fact.commerce and the record tables, fact.clock, fact.shop_settings
WITH horizon AS (
    SELECT coalesce(
        (SELECT max(now) FROM fact.clock) - to_days((SELECT max(dedupe_days) FROM fact.shop_settings)),
        TIMESTAMP '0001-01-01'
    ) AS since
)

SELECT message_hash, body_hash
FROM fact.events
WHERE historical OR received_at >= (SELECT since FROM horizon)
UNION ALL
SELECT message_hash, body_hash
FROM fact.erased_lines
WHERE historical OR received_at >= (SELECT since FROM horizon)
UNION ALL
SELECT DISTINCT message_hash, 0 FROM fact.commerce WHERE name = 'Order Line'
UNION ALL
SELECT message_hash, 0 FROM fact.product_records
UNION ALL
SELECT message_hash, 0 FROM fact.contact_records
UNION ALL
SELECT message_hash, 0 FROM fact.consents
UNION ALL
SELECT message_hash, 0 FROM fact.loyalty_movements
UNION ALL
SELECT message_hash, 0 FROM fact.message_records
UNION ALL
SELECT message_hash, 0 FROM fact.delivery_records
UNION ALL
SELECT message_hash, 0 FROM fact.price_records
UNION ALL
SELECT message_hash, 0 FROM fact.stock_records
UNION ALL
SELECT message_hash, 0 FROM fact.category_records
UNION ALL
SELECT message_hash, 0 FROM fact.pickup_records
UNION ALL
SELECT message_hash, 0 FROM fact.subscription_records
UNION ALL
SELECT message_hash, 0 FROM fact.campaign_return_records
UNION ALL
SELECT message_hash, 0 FROM fact.claim_records
UNION ALL
SELECT message_hash, 0 FROM fact.spend_records
