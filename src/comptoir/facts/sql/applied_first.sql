-- Remember how far a spool is applied for the first time.
-- grain: one row a spool.
-- reads: fact.applied
-- param: spool VARCHAR
-- param: offset_after BIGINT
-- param: tick_id BIGINT
INSERT INTO fact.applied VALUES ($spool, $offset_after, $tick_id)
