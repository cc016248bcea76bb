-- Remember how far a spool is applied.
-- grain: one row a spool.
-- reads: fact.applied
-- param: spool VARCHAR
-- param: offset_after BIGINT
-- param: tick_id BIGINT
INSERT OR REPLACE INTO fact.applied VALUES ($spool, $offset_after, $tick_id)
