-- Everyone with an e-mail address.
-- grain:  one row a profile
-- reads:  fact.profile_of
SELECT
    min(node_id) AS node_id,
    profile_id
FROM fact.profile_of
WHERE kind = 'email' AND profile_id IS NOT NULL
GROUP BY profile_id
ORDER BY profile_id
