-- Whether there is anything of these kinds at all: what is empty need not be asked.
-- grain: one row.
-- reads: fact.cart_claims, fact.inferred_acts, fact.delivery_records, fact.commerce
SELECT
    (SELECT count(*) FROM fact.cart_claims) AS claims,
    (SELECT count(*) FROM fact.inferred_acts) AS inferred,
    (SELECT count(*) FROM fact.delivery_records) AS deliveries,
    (SELECT count(other_cart_hash) FROM fact.commerce) AS merges
