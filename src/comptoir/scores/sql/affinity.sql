-- Say what each person is drawn to: their interest in each category, those above it included, and how many times the share
-- it has in everybody's interest (with as much of everybody's mixed in as one order weighs, so that a single look says
-- little).
-- grain:  one row a person and category
-- reads:  score_interest, score_categories
-- param:  prior DOUBLE  everybody's interest that is mixed in
-- param:  most BIGINT   categories of a person that are kept
-- source: lift, Brin, Motwani, Ullman and Tsur, SIGMOD (1997), with additive smoothing
WITH persons AS (
    SELECT profile_id, sum(weight) AS weight FROM score_interest GROUP BY profile_id HAVING sum(weight) > 0
),

rolled AS (
    SELECT
        interest.profile_id, categories.category, sum(interest.weight) AS weight, min(categories.height) = 0 AS is_own
    FROM score_interest AS interest
    INNER JOIN score_categories AS categories ON interest.said = categories.said
    GROUP BY interest.profile_id, categories.category
    HAVING sum(interest.weight) > 0
),

shares AS (
    SELECT category, sum(weight) / (SELECT sum(weight) FROM persons) AS share FROM rolled GROUP BY category
)

SELECT
    rolled.profile_id, rolled.category, (rolled.weight / 1000000)::DOUBLE AS value,
    round(
        (rolled.weight / 1000000 + $prior * shares.share) / (persons.weight / 1000000 + $prior) / shares.share, 6
    ) AS lift,
    rolled.is_own
FROM rolled
INNER JOIN persons ON rolled.profile_id = persons.profile_id
INNER JOIN shares ON rolled.category = shares.category
QUALIFY row_number() OVER (PARTITION BY rolled.profile_id ORDER BY rolled.weight DESC, rolled.category) <= $most
