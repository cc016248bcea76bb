-- Who waits for computed traits.
-- grain: one row a person.
-- reads: fact.traits_due
SELECT DISTINCT profile_id FROM fact.traits_due ORDER BY profile_id
