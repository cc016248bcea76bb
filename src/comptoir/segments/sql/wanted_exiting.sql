-- Who is a member of a segment and does not belong to it any more, and whether the profile is still there.
-- grain: one row a profile.
-- reads: wanted (profile_id), fact.memberships, fact.profile_of
-- param: segment VARCHAR
SELECT
    profile_id,
    profile_id IN (SELECT profile_id FROM fact.profile_of WHERE profile_id IS NOT NULL) AS is_there
FROM fact.memberships
WHERE segment = $segment AND profile_id NOT IN (SELECT profile_id FROM wanted)
