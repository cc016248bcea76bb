-- Give the stage each person is in, since when, and how long ago they bought last.
-- grain: one row a person
-- reads: score_moves, score_purchases
-- param: on DATE
SELECT
    'life_cycle'                                     AS score,
    moves.profile_id,
    datediff('day', last_bought.day, $on)::DOUBLE    AS value,
    moves.stage                                      AS label,
    moves.on_day                                     AS since
FROM score_moves AS moves
LEFT JOIN (
    SELECT profile_id, max(day) AS day FROM score_purchases GROUP BY profile_id
) AS last_bought ON moves.profile_id = last_bought.profile_id
WHERE moves.until_day > $on
