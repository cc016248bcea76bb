-- Remember how far a spool is applied.
-- grain: one row a spool.
-- reads: none
-- param: spool VARCHAR
-- param: offset_after BIGINT
-- param: tick_id BIGINT
INSERT INTO fact.applied VALUES ($spool, $offset_after, $tick_id)
