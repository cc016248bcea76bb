-- Who belongs to a segment and is no member yet.
-- grain: one row a profile.
-- reads: wanted (profile_id), fact.memberships
-- param: segment VARCHAR
SELECT profile_id, TRUE AS is_there
FROM wanted
WHERE profile_id NOT IN (SELECT profile_id FROM fact.memberships WHERE segment = $segment)
