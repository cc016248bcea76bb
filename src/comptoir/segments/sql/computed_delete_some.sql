-- Take out what a computed trait came to for some people.
-- grain: none.
-- reads: fact.computed_traits, people_asked (profile_id)
-- param: trait VARCHAR
DELETE FROM fact.computed_traits WHERE trait = $trait AND profile_id IN (SELECT profile_id FROM people_asked)
