-- The computed traits of a person.
-- grain: one row a trait.
-- reads: fact.computed_traits
-- param: profile_id VARCHAR
SELECT trait, said, as_of FROM fact.computed_traits WHERE profile_id = $profile_id ORDER BY trait
