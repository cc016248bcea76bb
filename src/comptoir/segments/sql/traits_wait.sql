-- Since when the first person waits whose computed traits are not followed up.
-- grain: one row; NULL where nobody waits.
-- reads: fact.traits_due
SELECT min(since) AS since FROM fact.traits_due
