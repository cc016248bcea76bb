-- Take out days that are written again.
-- grain: none.
-- reads: fact.day_activity
-- param: days DATE[]
DELETE FROM fact.day_activity WHERE day IN (SELECT unnest($days::DATE[]))
