-- How much people did of late: each day on which they visited, clicked in a message or ordered counts once a kind, and
-- half as much every so many days. Whole millionths, so that their sum is the same in any order. Robots do nothing.
-- grain: one row a person who did something in the last 365 days
-- reads: score_people, score_purchases, fact.sessions, fact.delivery_records, fact.message_records
-- param: brand VARCHAR
-- param: zone VARCHAR       IANA name
-- param: before TIMESTAMP
-- param: half_days DOUBLE
-- param: visit BIGINT       what a day with a visit counts
-- param: click BIGINT
-- param: ordered BIGINT
WITH acts AS (
    SELECT node_id, 'visit' AS kind, started_at AS acted_at
    FROM fact.sessions
    WHERE brand = $brand AND started_at >= $before - INTERVAL 365 DAY AND started_at < $before
    UNION ALL
    SELECT node_id, 'click' AS kind, occurred_at AS acted_at
    FROM fact.delivery_records
    WHERE
        kind = 'clicked' AND robot_reason IS NULL
        AND occurred_at >= $before - INTERVAL 365 DAY AND occurred_at < $before
        AND message_id IN (SELECT message_id FROM fact.message_records WHERE brand = $brand)
),

days AS (
    SELECT people.profile_id, acts.kind, timezone($zone, timezone('UTC', acts.acted_at))::DATE AS day
    FROM acts
    INNER JOIN score_people AS people ON acts.node_id = people.node_id
    UNION
    SELECT profile_id, 'order' AS kind, day
    FROM score_purchases
    WHERE ordered_at >= $before - INTERVAL 365 DAY
),

weighed AS (
    SELECT
        profile_id, kind,
        CASE kind WHEN 'visit' THEN $visit WHEN 'click' THEN $click ELSE $ordered END
        * round(1000000 * pow(0.5, date_diff('day', day, timezone($zone, timezone('UTC', $before))::DATE) / $half_days))::BIGINT
            AS millionths
    FROM days
)

SELECT
    profile_id, sum(millionths)::BIGINT AS millionths, count(*) FILTER (WHERE kind = 'visit') AS visit_days,
    count(*) FILTER (WHERE kind = 'click') AS click_days, count(*) FILTER (WHERE kind = 'order') AS order_days
FROM weighed
GROUP BY profile_id
ORDER BY profile_id
