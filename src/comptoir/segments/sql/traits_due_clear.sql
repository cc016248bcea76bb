-- Nobody waits for computed traits.
-- grain: none.
-- reads: fact.traits_due
DELETE FROM fact.traits_due
