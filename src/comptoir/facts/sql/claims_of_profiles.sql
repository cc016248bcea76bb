-- What these profiles' orders emptied, as derived before.
-- grain: one row a claim.
-- reads: fact.cart_claims, wanted_profiles (keys)
SELECT profile_id, order_hash, cart_hash, rank
FROM fact.cart_claims
WHERE profile_id IN (SELECT profile_id FROM wanted_profiles)
