-- Who ordered from an instant on, of the orders that counted.
-- grain: one row a person.
-- reads: score_purchases
-- param: since TIMESTAMP
SELECT profile_id
FROM score_purchases
WHERE ordered_at >= $since
GROUP BY profile_id
ORDER BY profile_id
