-- Which text of each computed trait was computed for everybody last, and on which day.
-- grain: one row a trait.
-- reads: fact.trait_states
SELECT trait, version, computed_on FROM fact.trait_states ORDER BY trait
