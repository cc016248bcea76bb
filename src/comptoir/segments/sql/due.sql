-- Whom the next tick asks anew although it does not touch them.
-- grain: one row a profile and its former name.
-- reads: fact.membership_due
SELECT DISTINCT profile_id, former FROM fact.membership_due ORDER BY profile_id, former
