-- Who belongs to what, by the place of the profile in a list.
-- grain: one row a segment × profile.
-- reads: fact.memberships, numbered (profile_hash, place)
SELECT belonging.segment, numbered.place
FROM fact.memberships AS belonging
INNER JOIN numbered ON belonging.profile_hash = numbered.profile_hash
