-- Take out the state of a computed trait.
-- grain: none.
-- reads: fact.trait_states
-- param: trait VARCHAR
DELETE FROM fact.trait_states WHERE trait = $trait
