-- Write down how segments stand.
-- grain: one row a segment.
-- reads: made (rows)
INSERT INTO fact.segment_states BY NAME SELECT * FROM made
