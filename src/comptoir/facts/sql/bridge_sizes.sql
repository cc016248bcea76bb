-- Whether there is anything of these kinds at all: what is empty need not be asked.
-- grain: one row.
-- reads: fact.cart_claims, fact.inferred_acts, fact.delivery_records, fact.commerce
SELECT
    EXISTS (SELECT 1 FROM fact.cart_claims) AS claims,
    EXISTS (SELECT 1 FROM fact.inferred_acts) AS inferred,
    EXISTS (SELECT 1 FROM fact.delivery_records) AS deliveries,
    EXISTS (SELECT 1 FROM fact.commerce WHERE other_cart_hash IS NOT NULL) AS merges
