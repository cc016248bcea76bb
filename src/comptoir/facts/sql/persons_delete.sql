-- Take out nodes that have moved from the map of numbers.
-- grain: none.
-- reads: fact.persons
-- param: nodes BIGINT[]
DELETE FROM fact.persons WHERE node_id IN (SELECT unnest($nodes::BIGINT[]))
