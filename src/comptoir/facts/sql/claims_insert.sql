-- Write claims.
-- grain: one row a claim.
-- reads: made (rows)
INSERT INTO fact.cart_claims BY NAME SELECT * FROM made
