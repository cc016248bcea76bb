-- Take out the members of a stretch of people.
-- grain: none.
-- reads: fact.memberships
-- param: low UBIGINT, the number of the name from which on
-- param: high UBIGINT, up to which
DELETE FROM fact.memberships WHERE profile_hash BETWEEN $low::UBIGINT AND $high::UBIGINT
