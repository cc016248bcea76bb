-- Take out the claims that are about to be written again.
-- grain: none.
-- reads: fact.cart_claims
-- param: profiles VARCHAR[]
DELETE FROM fact.cart_claims WHERE profile_id IN (SELECT unnest($profiles::VARCHAR[]))
