-- How many messages people were sent on each channel, and in how many of them they clicked: by Comptoir and, as files
-- say it, by other tools. Clicks of robots are none; a mail that was opened says nothing.
-- grain: one row a person × channel
-- reads: score_people, fact.message_records, fact.delivery_records, fact.campaign_return_records
-- param: brand VARCHAR
-- param: before TIMESTAMP
WITH said AS (
    SELECT
        messages.node_id, messages.channel, messages.message_id,
        bool_or(clicks.message_id IS NOT NULL) AS is_clicked
    FROM fact.message_records AS messages
    LEFT JOIN fact.delivery_records AS clicks
        ON
            messages.message_id = clicks.message_id AND clicks.kind = 'clicked' AND clicks.robot_reason IS NULL
            AND clicks.occurred_at < $before
    WHERE
        messages.brand = $brand AND messages.outcome = 'sent' AND messages.channel IS NOT NULL
        AND messages.occurred_at >= $before - INTERVAL 365 DAY AND messages.occurred_at < $before
    GROUP BY messages.node_id, messages.channel, messages.message_id
    UNION ALL
    SELECT node_id, channel, campaign_id AS message_id, bool_or(kind = 'clicked') AS is_clicked
    FROM fact.campaign_return_records
    WHERE
        brand = $brand AND kind IN ('sent', 'clicked')
        AND occurred_at >= $before - INTERVAL 365 DAY AND occurred_at < $before
    GROUP BY node_id, channel, campaign_id
)

SELECT people.profile_id, said.channel, count(*) AS sent, count(*) FILTER (WHERE said.is_clicked) AS clicked
FROM said
INNER JOIN score_people AS people ON said.node_id = people.node_id
GROUP BY people.profile_id, said.channel
ORDER BY people.profile_id, said.channel
