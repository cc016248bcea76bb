-- Write the affinities of a stretch of people.
-- grain: one row a person and category
-- reads: drawn (rows)
INSERT INTO fact.affinities BY NAME SELECT * FROM drawn ORDER BY profile_id, category
