-- Let go of a list of identifiers.
-- grain: none.
-- reads: fact.segment_lists
-- param: list VARCHAR
DELETE FROM fact.segment_lists WHERE list = $list
