-- Make room for the affinities of a run, of a stretch of people.
-- grain: one row a person and category
-- reads: fact.affinities
-- param: brand VARCHAR
-- param: low VARCHAR   the first of the people
-- param: high VARCHAR  the first who is not among them any more
DELETE FROM fact.affinities WHERE brand = $brand AND profile_id >= $low AND profile_id < $high
