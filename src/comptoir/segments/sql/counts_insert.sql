-- Keep a day's counts of segments.
-- grain: one row a segment.
-- reads: made (segment, day, members)
INSERT INTO fact.segment_counts BY NAME SELECT segment, day, members FROM made
