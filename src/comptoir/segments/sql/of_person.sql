-- The segments that somebody belongs to.
-- grain:  one row a segment
-- reads:  fact.memberships
-- param:  profile_id VARCHAR  who
SELECT segment, epoch_us(entered_at) AS entered_at
FROM fact.memberships
WHERE profile_hash = md5_number_lower($profile_id) AND profile_id = $profile_id
ORDER BY segment
