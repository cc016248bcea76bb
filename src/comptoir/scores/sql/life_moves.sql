-- Date every stage of every person's life as a customer, back and forth, up to a day. Who bought once, twice or more is at
-- first order, second order or regular; who has bought nothing for twice their own rhythm is slipping, after 183 days
-- inactive for 6 months, after 365 for 12, and lost after 730 or three times their rhythm. The rhythm after a purchase is
-- the mean time between purchases so far, drawn to the shop's median as if two such gaps had been seen.
-- grain:  one row a person and stage begun
-- reads:  score_purchases, fact.events, fact.contact_records, fact.profile_of, score_people
-- param:  brand VARCHAR
-- param:  zone VARCHAR
-- param:  before TIMESTAMP
-- param:  on DATE
-- param:  rhythm INTEGER  the shop's median days between two purchases of one person
-- source: recency thresholds by a customer's own interpurchase time: Reinartz and Kumar, Journal of Marketing 64 (2000)
CREATE OR REPLACE TEMP TABLE score_moves AS
WITH bought AS (
    SELECT
        profile_id, day,
        row_number() OVER person                               AS nth,
        datediff('day', first_value(day) OVER person, day)     AS span,
        lead(day) OVER person                                  AS next_day
    FROM (SELECT DISTINCT profile_id, day FROM score_purchases)
    WINDOW person AS (PARTITION BY profile_id ORDER BY day)
),

timed AS (
    SELECT
        profile_id, day, nth, coalesce(next_day, $on + 1) AS until_day,
        greatest(14, (2 * (2 * $rhythm + span) + nth) // (nth + 1))  AS slips_after,
        greatest(730, (3 * (2 * $rhythm + span) + nth) // (nth + 1)) AS lost_after
    FROM bought
    WHERE day <= $on
),

named AS (
    SELECT DISTINCT people.node_id, people.profile_id
    FROM score_people AS people
    SEMI JOIN (
        SELECT profile_id FROM fact.profile_of WHERE kind NOT IN ('anonymous', 'device') AND profile_id IS NOT NULL
    ) AS known ON people.profile_id = known.profile_id
),

met AS (
    SELECT node_id, min(occurred_at) AS met_at
    FROM fact.events
    WHERE brand = $brand AND occurred_at < $before AND robot_reason IS NULL AND node_id <> 0
    GROUP BY node_id
    UNION ALL
    SELECT node_id, min(occurred_at)
    FROM fact.contact_records
    WHERE brand = $brand AND occurred_at < $before AND node_id <> 0
    GROUP BY node_id
),

first_met AS (
    SELECT named.profile_id, timezone($zone, timezone('UTC', min(met.met_at)))::DATE AS day
    FROM met
    INNER JOIN named ON met.node_id = named.node_id
    GROUP BY named.profile_id
),

moves AS (
    SELECT
        profile_id, day AS on_day, CASE nth WHEN 1 THEN 'first_order' WHEN 2 THEN 'second_order' ELSE 'regular' END AS stage
    FROM timed
    UNION ALL
    SELECT profile_id, day + slips_after::INTEGER, 'slipping'
    FROM timed
    WHERE slips_after < 183 AND day + slips_after::INTEGER < until_day
    UNION ALL
    SELECT profile_id, day + 183, 'inactive_6' FROM timed WHERE day + 183 < until_day
    UNION ALL
    SELECT profile_id, day + 365, 'inactive_12' FROM timed WHERE day + 365 < until_day
    UNION ALL
    SELECT profile_id, day + lost_after::INTEGER, 'lost' FROM timed WHERE day + lost_after::INTEGER < until_day
    UNION ALL
    SELECT first_met.profile_id, first_met.day, 'prospect'
    FROM first_met
    LEFT JOIN bought ON first_met.profile_id = bought.profile_id AND bought.nth = 1
    WHERE bought.day IS NULL OR first_met.day < bought.day
)

SELECT
    profile_id, on_day, stage,
    lag(stage) OVER (PARTITION BY profile_id ORDER BY on_day)                      AS from_stage,
    coalesce(lead(on_day) OVER (PARTITION BY profile_id ORDER BY on_day), $on + 1) AS until_day
FROM (
    SELECT *
    FROM moves
    QUALIFY stage IS DISTINCT FROM lag(stage) OVER (PARTITION BY profile_id ORDER BY on_day)
)
