-- Count, month by month, how many people went from which stage to which between its first day and the next one's.
-- grain: one row a month and pair of stages
-- reads: score_moves
-- param: from_on DATE  the first day of the first month
-- param: on DATE
WITH days AS (
    SELECT unnest(generate_series($from_on::TIMESTAMP, $on::TIMESTAMP, INTERVAL 1 MONTH))::DATE AS day
),

stood AS (
    SELECT days.day, moves.profile_id, moves.stage
    FROM score_moves AS moves
    INNER JOIN days ON days.day >= moves.on_day AND days.day < moves.until_day
),

pairs AS (
    SELECT
        day, stage,
        lead(day) OVER person   AS next_day,
        lead(stage) OVER person AS next_stage
    FROM stood
    WINDOW person AS (PARTITION BY profile_id ORDER BY day)
)

SELECT day AS month, stage AS from_stage, next_stage AS to_stage, count(*) AS people_count
FROM pairs
WHERE next_day = day + INTERVAL 1 MONTH
GROUP BY day, stage, next_stage
ORDER BY day, stage, next_stage
