-- How segments that are followed stand: members now, who came and left lately, and a count a day.
-- grain:  one row a segment
-- reads:  fact.segment_states, fact.segment_counts, fact.membership_changes
-- param:  segments VARCHAR[]  which
-- param:  since TIMESTAMP  changes from then on
-- param:  today DATE  the last day of the counts
WITH days AS (
    SELECT segment, list(members ORDER BY day) AS days
    FROM fact.segment_counts
    WHERE day > $today - 31 AND list_contains($segments::VARCHAR[], segment)
    GROUP BY segment
),

moved AS (
    SELECT
        segment, count(*) FILTER (WHERE change = 'entered') AS entered,
        count(*) FILTER (WHERE change = 'exited') AS exited
    FROM fact.membership_changes
    WHERE "at" >= $since AND list_contains($segments::VARCHAR[], segment)
    GROUP BY segment
)

SELECT
    states.segment, states.members AS number, coalesce(moved.entered, 0) AS entered,
    coalesce(moved.exited, 0) AS exited, coalesce(days.days, []::BIGINT[]) AS days, epoch_us(states.asked_at) AS as_of
FROM fact.segment_states AS states
LEFT JOIN days USING (segment)
LEFT JOIN moved USING (segment)
WHERE list_contains($segments::VARCHAR[], states.segment)
ORDER BY states.segment
