-- Name what somebody did so often that the limit of a visit may cut it: more than that in a day, or in two days that a visit
-- over midnight may have joined.
-- grain: one row a person, category as it was said, and action
-- reads: score_done, weights (rows; those of `ordered` and `returned` are of no visit)
CREATE OR REPLACE TEMP TABLE score_busy AS
WITH often AS (
    SELECT DISTINCT done.profile_id, done.said, done.name, weights.most
    FROM score_done AS done
    INNER JOIN weights ON done.name = weights.name
    WHERE done.times * 2 > weights.most AND done.name NOT IN ('ordered', 'returned')
),

days AS (
    SELECT
        done.profile_id, done.said, done.name, done.day, done.times, often.most,
        lead(done.day) OVER following AS next_day, lead(done.times) OVER following AS next_times
    FROM score_done AS done
    INNER JOIN often ON done.profile_id = often.profile_id AND done.said = often.said AND done.name = often.name
    WINDOW following AS (PARTITION BY done.profile_id, done.said, done.name ORDER BY done.day)
)

SELECT DISTINCT profile_id, said, name
FROM days
WHERE times > most OR (next_day = day + 1 AND times + next_times > most)
