-- The segments that are followed.
-- grain: one row a segment.
-- reads: fact.segment_states
SELECT segment, version, asked_at, members FROM fact.segment_states ORDER BY segment
