-- Write what a computed trait comes to.
-- grain: one row a person.
-- reads: computed (what was asked)
-- param: trait VARCHAR
-- param: now TIMESTAMP
INSERT INTO fact.computed_traits BY NAME
SELECT $trait AS trait, profile_id, said, number, day, $now AS as_of
FROM computed
ORDER BY profile_id
