-- How the mail of each brand was received: accepted, bounced, complained of, unsubscribed from.
-- grain:  one row a brand
-- reads:  messages, deliveries
-- param:  since_at TIMESTAMP  decided at or after this instant
-- param:  until_at TIMESTAMP  and before this one
-- param:  brands VARCHAR[]  these brands; none for every brand
WITH sent AS (
    SELECT message_id, brand
    FROM messages
    WHERE
        outcome IN ('sent', 'failed')
        AND channel = 'email'
        AND decided_at >= $since_at
        AND decided_at < $until_at
        AND (len($brands) = 0 OR list_contains($brands, brand))
),

heard AS (
    SELECT
        message_id,
        bool_or(kind IN ('bounced', 'failed')) AS is_bounced,
        bool_or(kind = 'soft_bounced')         AS is_soft_bounced,
        bool_or(kind = 'complained')           AS is_complained,
        bool_or(kind = 'unsubscribed')         AS is_unsubscribed
    FROM deliveries
    WHERE occurred_at >= $since_at
    GROUP BY message_id
)

SELECT
    sent.brand,
    count(*)                        AS sent_count,
    count_if(heard.is_bounced)      AS bounced_count,
    count_if(heard.is_soft_bounced) AS soft_bounced_count,
    count_if(heard.is_complained)   AS complained_count,
    count_if(heard.is_unsubscribed) AS unsubscribed_count
FROM sent
LEFT JOIN heard ON sent.message_id = heard.message_id
GROUP BY sent.brand
ORDER BY sent.brand
