-- To which segments profiles belong that lost nodes, and whether the profile is still there.
-- grain: one row a segment × profile.
-- reads: fact.memberships, fact.profile_of, people (profile_id)
SELECT
    segment, profile_id, entered_at, profile_id IN (SELECT profile_id FROM fact.profile_of WHERE profile_id IS NOT NULL)
FROM fact.memberships
WHERE profile_hash IN (SELECT md5_number_lower(profile_id) FROM people)
ORDER BY segment, profile_id
