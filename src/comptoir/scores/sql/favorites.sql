-- Choose each person's favorite category: of those they named, the one they are most interested in and more than others are.
-- grain: one row a person
-- reads: drawn (rows)
SELECT 'favorite_category' AS score, profile_id, lift AS value, category AS label, NULL::DATE AS since
FROM drawn
WHERE is_own AND lift > 1
QUALIFY row_number() OVER (PARTITION BY profile_id ORDER BY value DESC, lift DESC, category) = 1
