-- What these profiles' orders emptied, as derived before.
-- grain: one row a claim.
-- reads: fact.cart_claims
-- param: profiles VARCHAR[]
SELECT profile_id, order_hash, cart_hash, rank
FROM fact.cart_claims
WHERE profile_id IN (SELECT unnest($profiles::VARCHAR[]))
