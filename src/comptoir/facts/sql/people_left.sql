-- Which of these people a node belongs to.
-- grain: one row a person.
-- reads: fact.persons
-- param: people BIGINT[]
SELECT DISTINCT person FROM fact.persons WHERE person IN (SELECT unnest($people::BIGINT[])) ORDER BY person
