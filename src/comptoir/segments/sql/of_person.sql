-- The segments that somebody belongs to. A number given as such is looked for in half the time of one that is worked out.
-- grain:  one row a segment
-- reads:  fact.memberships
-- param:  profile_hash UBIGINT  md5_number_lower(profile_id)
-- param:  profile_id VARCHAR    who
SELECT segment, epoch_us(entered_at) AS entered_at
FROM fact.memberships
WHERE profile_hash = $profile_hash AND profile_id = $profile_id
