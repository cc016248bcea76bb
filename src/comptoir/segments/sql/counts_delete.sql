-- Take out a day's counts of some segments.
-- grain: none.
-- reads: fact.segment_counts
-- param: segments VARCHAR[]
-- param: day DATE
DELETE FROM fact.segment_counts WHERE day = $day AND segment IN (SELECT unnest($segments::VARCHAR[]))
