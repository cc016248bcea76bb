-- Take out what a computed trait came to.
-- grain: none.
-- reads: fact.computed_traits
-- param: trait VARCHAR
DELETE FROM fact.computed_traits WHERE trait = $trait
