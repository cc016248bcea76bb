-- Take away the values of computed traits that are no more.
-- grain: none.
-- reads: fact.computed_traits
-- param: kept VARCHAR[]
DELETE FROM fact.computed_traits WHERE trait NOT IN (SELECT unnest($kept::VARCHAR[]))
