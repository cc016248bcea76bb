-- Take out the inferred carts of these browsers' actions, about to be written again.
-- grain: none.
-- reads: fact.inferred_acts
-- param: nodes BIGINT[]
DELETE FROM fact.inferred_acts WHERE browser_node IN (SELECT unnest($nodes::BIGINT[]))
