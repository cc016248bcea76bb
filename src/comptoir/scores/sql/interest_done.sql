-- Count what people did by day in each category they named. Orders come from the ledger of purchases, with what was
-- returned beside them.
-- grain: one row a person, day, category as it was said, and action
-- reads: fact.day_activity, fact.order_lines, score_people, score_purchases, weights (rows)
-- param: brand VARCHAR
-- param: from_on DATE
-- param: on DATE
CREATE OR REPLACE TEMP TABLE score_done AS
SELECT people.profile_id, days.day, days.category AS said, days.name, sum(days.mentions)::BIGINT AS times
FROM fact.day_activity AS days
INNER JOIN score_people AS people ON days.node_id = people.node_id
WHERE
    days.brand = $brand AND days.day >= $from_on AND days.day < $on AND days.category <> ''
    AND days.name IN (SELECT name FROM weights)
GROUP BY people.profile_id, days.day, days.category, days.name
UNION ALL
SELECT
    bought.profile_id, bought.day, trim(lines.category),
    CASE WHEN lines.kind = 'return' THEN 'returned' ELSE 'ordered' END, count(*)
FROM score_purchases AS bought
INNER JOIN fact.order_lines AS lines ON bought.order_hash = lines.order_hash
WHERE
    lines.brand = $brand AND lines.kind IN ('sale', 'return') AND trim(lines.category) <> ''
    AND bought.day >= $from_on AND bought.day < $on
GROUP BY bought.profile_id, bought.day, trim(lines.category), lines.kind
