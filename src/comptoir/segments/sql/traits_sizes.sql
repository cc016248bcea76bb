-- How many people have a value of each computed trait, and as of when.
-- grain: one row a trait.
-- reads: fact.computed_traits
SELECT trait, count(*) AS people, max(as_of) AS as_of FROM fact.computed_traits GROUP BY trait ORDER BY trait
