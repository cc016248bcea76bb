-- What some computed traits come to for people who are named.
-- grain: one row a person and trait.
-- reads: fact.computed_traits
-- param: traits VARCHAR[]
-- param: profile_ids VARCHAR[]
SELECT trait, profile_id, said, number::VARCHAR AS number, day
FROM fact.computed_traits
WHERE list_contains($traits::VARCHAR[], trait) AND profile_id IN (SELECT unnest($profile_ids::VARCHAR[]))
ORDER BY profile_id, trait
