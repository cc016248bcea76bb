-- Forget how some segments stand.
-- grain: none.
-- reads: fact.segment_states
-- param: segments VARCHAR[]
DELETE FROM fact.segment_states WHERE segment IN (SELECT unnest($segments::VARCHAR[]))
