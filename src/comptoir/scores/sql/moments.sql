-- In which hours of the week people clicked in messages and ordered: by the clock of the brand's zone. Clicks of robots
-- are none, a mail that was opened says nothing, and an order of the shop's till or without a time of day says no hour.
-- grain: one row a person × weekday (0 is Monday) × hour
-- reads: score_people, score_purchases, fact.delivery_records, fact.message_records
-- param: brand VARCHAR
-- param: zone VARCHAR       IANA name
-- param: before TIMESTAMP
WITH acts AS (
    SELECT people.profile_id, clicks.occurred_at AS acted_at
    FROM fact.delivery_records AS clicks
    INNER JOIN score_people AS people ON clicks.node_id = people.node_id
    WHERE
        clicks.kind = 'clicked' AND clicks.robot_reason IS NULL
        AND clicks.occurred_at >= $before - INTERVAL 365 DAY AND clicks.occurred_at < $before
        AND clicks.message_id IN (SELECT message_id FROM fact.message_records WHERE brand = $brand)
    UNION ALL
    SELECT profile_id, ordered_at AS acted_at
    FROM score_purchases
    WHERE
        ordered_at >= $before - INTERVAL 365 DAY AND channel IS DISTINCT FROM 'shop'
        AND ordered_at::TIME <> TIME '00:00:00'
        AND timezone($zone, timezone('UTC', ordered_at))::TIME <> TIME '00:00:00'
),

hours AS (
    SELECT profile_id, timezone($zone, timezone('UTC', acted_at)) AS there FROM acts
)

SELECT profile_id, isodow(there) - 1 AS weekday, hour(there) AS hour, count(*) AS acts
FROM hours
GROUP BY profile_id, weekday, hour
ORDER BY profile_id, weekday, hour
