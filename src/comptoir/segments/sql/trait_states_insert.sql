-- Say that a computed trait was computed for everybody.
-- grain: one row a trait.
-- reads: fact.trait_states
-- param: trait VARCHAR
-- param: version BIGINT
-- param: computed_on DATE
INSERT INTO fact.trait_states VALUES ($trait, $version, $computed_on)
