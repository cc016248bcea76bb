-- Count by visit what was done so often that the limit of a visit may cut it. What was done outside a visit, such as a
-- server's events, counts by day. A visit over midnight is of the day on which the action was done first.
-- grain: one row a person, category as it was said, action and visit
-- reads: fact.events, fact.commerce, score_people, score_busy
-- param: brand VARCHAR
-- param: zone VARCHAR  IANA name
-- param: from_on DATE
-- param: on DATE
CREATE OR REPLACE TEMP TABLE score_visits AS
WITH busy_people AS (
    SELECT node_id, profile_id FROM score_people WHERE profile_id IN (SELECT profile_id FROM score_busy)
),

acted AS (
    SELECT
        people.profile_id, events.message_hash, events.name, events.category, events.session_id,
        timezone($zone, timezone('UTC', events.occurred_at))::DATE AS day
    FROM fact.events AS events
    INNER JOIN busy_people AS people ON events.node_id = people.node_id
    WHERE
        events.brand = $brand AND events.robot_reason IS NULL AND events.name IN (SELECT name FROM score_busy)
        AND events.occurred_at >= $from_on::DATE - 2 AND events.occurred_at < $on::DATE + 2
),

lines AS (
    SELECT DISTINCT message_hash, category
    FROM fact.commerce
    WHERE brand = $brand AND name <> 'Order Line' AND message_hash IN (SELECT message_hash FROM acted)
),

named AS (
    SELECT acted.profile_id, acted.name, acted.session_id, acted.day, coalesce(lines.category, acted.category) AS said
    FROM acted
    LEFT JOIN lines ON acted.message_hash = lines.message_hash
    WHERE acted.day >= $from_on AND acted.day < $on
)

SELECT named.profile_id, named.said, named.name, min(named.day) AS day, count(*) AS times
FROM named
SEMI JOIN score_busy AS busy
    ON named.profile_id = busy.profile_id AND named.said = busy.said AND named.name = busy.name
GROUP BY named.profile_id, named.said, named.name, coalesce(named.session_id, named.day::VARCHAR)
