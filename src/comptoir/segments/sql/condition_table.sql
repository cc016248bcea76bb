-- The tick's condition table joined with what the touched people did: for whom each condition holds.
-- grain: one row a condition × person for whom it holds.
-- reads: conditions (a row a condition × event × category, or any), done (touched_days)
WITH counted AS (
    SELECT conditions.leaf, conditions.least, conditions.is_more, done.place, done.events AS times
    FROM done
    INNER JOIN conditions
        ON
            done.name = conditions.name AND conditions.is_any
            AND done.day BETWEEN conditions.first_day AND conditions.last_day
            AND coalesce(conditions.brand = done.brand, TRUE)
    UNION ALL
    SELECT conditions.leaf, conditions.least, conditions.is_more, done.place, done.mentions
    FROM done
    INNER JOIN conditions
        ON
            done.name = conditions.name AND done.category = conditions.category AND NOT conditions.is_any
            AND done.day BETWEEN conditions.first_day AND conditions.last_day
            AND coalesce(conditions.brand = done.brand, TRUE)
)

SELECT leaf, place
FROM counted
GROUP BY leaf, least, is_more, place
HAVING CASE WHEN is_more THEN sum(times) > least ELSE sum(times) >= least END
