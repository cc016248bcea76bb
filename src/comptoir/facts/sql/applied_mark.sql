-- Remember how far a spool is applied that was applied before.
-- grain: one row, how many rows were changed.
-- reads: fact.applied
-- param: spool VARCHAR
-- param: offset_after BIGINT
-- param: tick_id BIGINT
UPDATE fact.applied SET offset_after = $offset_after, tick_id = $tick_id WHERE spool = $spool
