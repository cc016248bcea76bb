-- Weigh what people did in each category they named: an action counts so many times a visit at most, and half as much after
-- every half-life. Units: millionths, so that sums are exact.
-- grain:  one row a person, category as it was said, and action
-- reads:  score_done, score_busy, score_visits, weights (rows)
-- param:  on DATE
-- param:  half_days DOUBLE
-- source: exponential decay as in Koren, Collaborative filtering with temporal dynamics, KDD (2009)
CREATE OR REPLACE TEMP TABLE score_interest AS
WITH acts AS (
    SELECT done.profile_id, done.said, done.name, done.day, done.times
    FROM score_done AS done
    ANTI JOIN score_busy AS busy
        ON done.profile_id = busy.profile_id AND done.said = busy.said AND done.name = busy.name
    UNION ALL
    SELECT profile_id, said, name, day, times FROM score_visits
)

SELECT
    acts.profile_id, acts.said, acts.name, sum(acts.times)::BIGINT AS times,
    sum((
        least(acts.times, weights.most) * weights.weight * pow(0.5, datediff('day', acts.day, $on) / $half_days) * 1000000
    )::BIGINT)::BIGINT AS weight
FROM acts
INNER JOIN weights ON acts.name = weights.name
GROUP BY acts.profile_id, acts.said, acts.name
