-- Take out the claims that are about to be written again.
-- grain: none.
-- reads: wanted_profiles (keys)
DELETE FROM fact.cart_claims WHERE profile_id IN (SELECT profile_id FROM wanted_profiles)
