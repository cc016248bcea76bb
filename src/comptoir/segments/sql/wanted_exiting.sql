-- Who is a member of a segment and does not belong to it any more.
-- grain: one row a profile.
-- reads: wanted (profile_id), fact.memberships
-- param: segment VARCHAR
SELECT profile_id
FROM fact.memberships
WHERE segment = $segment AND profile_id NOT IN (SELECT profile_id FROM wanted)
