-- Nobody waits to be asked anew.
-- grain: none.
-- reads: fact.membership_due
DELETE FROM fact.membership_due
