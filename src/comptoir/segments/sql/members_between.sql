-- Members of a stretch of people, person by person.
-- grain: one row a segment × profile.
-- reads: fact.memberships
-- param: low UBIGINT, the number of the name from which on
-- param: high UBIGINT, up to which
SELECT segment, profile_id, entered_at, profile_hash
FROM fact.memberships
WHERE profile_hash BETWEEN $low::UBIGINT AND $high::UBIGINT
ORDER BY profile_hash, segment
