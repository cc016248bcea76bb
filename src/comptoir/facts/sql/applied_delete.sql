-- Forget how far a spool was applied before. (No UPDATE: one would wait for a whole checkpoint to end.)
-- grain: none.
-- reads: fact.applied
-- param: spool VARCHAR
DELETE FROM fact.applied WHERE spool = $spool
