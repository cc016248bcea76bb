-- Everybody who belongs to some segment, by the number of the name.
-- grain: one row a profile.
-- reads: fact.memberships
SELECT DISTINCT profile_hash FROM fact.memberships ORDER BY profile_hash
