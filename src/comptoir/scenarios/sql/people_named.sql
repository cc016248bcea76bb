-- People by one of their identifiers, or by the name of their profile.
-- grain:  one row a profile
-- reads:  fact.profile_of
-- param:  named VARCHAR[]
SELECT
    min(node_id) AS node_id,
    profile_id
FROM fact.profile_of
WHERE
    profile_id IS NOT NULL
    AND (
        value IN (SELECT unnest($named::VARCHAR[]))
        OR profile_id IN (SELECT unnest($named::VARCHAR[]))
    )
GROUP BY profile_id
ORDER BY profile_id
